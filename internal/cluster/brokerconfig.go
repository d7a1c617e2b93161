package cluster

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// BrokerConfig reads one configuration of one broker (DescribeConfigs). It takes
// DESCRIBE_CONFIGS on the cluster.
func (c *Cluster) BrokerConfig(ctx context.Context, node int32, name string) (string, error) {
	ctx, cancel := c.phase(ctx)
	defer cancel()
	n, known := c.node(node)
	if !known {
		return "", fmt.Errorf("reading configuration %s: broker %d is not known", name, node)
	}
	value, err := ask(ctx, n, func(ctx context.Context, conn *conn) (string, error) {
		return brokerConfig(ctx, conn, node, name)
	})
	if err != nil {
		return "", fmt.Errorf("reading configuration %s of broker %d: %w", name, node, err)
	}
	return value, nil
}

func brokerConfig(ctx context.Context, c *conn, node int32, name string) (string, error) {
	v, err := c.version(kmsg.DescribeConfigs, 1, 4)
	if err != nil {
		return "", err
	}
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.Version = v
	resource := kmsg.NewDescribeConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeBroker
	resource.ResourceName = strconv.Itoa(int(node))
	resource.ConfigNames = []string{name}
	req.Resources = append(req.Resources, resource)
	answer, err := c.do(ctx, req)
	if err != nil {
		return "", err
	}
	for _, r := range answer.(*kmsg.DescribeConfigsResponse).Resources {
		message := ""
		if r.ErrorMessage != nil {
			message = *r.ErrorMessage
		}
		if fault := inspect.KafkaFault(r.ErrorCode, message); fault != nil {
			return "", fault
		}
		for _, config := range r.Configs {
			if config.Name == name && config.Value != nil {
				return *config.Value, nil
			}
		}
	}
	return "", fmt.Errorf("the broker does not tell it")
}
