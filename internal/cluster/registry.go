package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// Registry is what a client configuration file says about the schema registry.
type Registry struct {
	URL            string      // schema.registry.url, the first where there are several; "" names none
	User, Password string      // basic.auth.user.info; "" is no login
	TLS            *tls.Config // schema.registry.ssl.*; it trusts the system's CAs where the file says nothing
}

// registryPrefix begins the settings of Confluent's registry client in a file that
// is also for Kafka's clients.
const registryPrefix = "schema.registry."

func (f settingsFile) registry() (Registry, error) {
	url, _, _ := strings.Cut(f["schema.registry.url"], ",")
	r := Registry{URL: strings.TrimSpace(url)}
	own := settingsFile{}
	for key, value := range f {
		if rest, ok := strings.CutPrefix(key, registryPrefix); ok {
			own[rest] = value
		}
	}
	var err error
	if r.TLS, err = own.tls(); err != nil {
		return Registry{}, fmt.Errorf("%s%w", registryPrefix, err)
	}
	switch source := f["basic.auth.credentials.source"]; source {
	case "", "USER_INFO":
	case "URL":
		return r, nil
	default:
		return Registry{}, fmt.Errorf("basic.auth.credentials.source=%s: not supported by kofs (USER_INFO, URL)", source)
	}
	info := f["basic.auth.user.info"]
	if info == "" {
		info = f["schema.registry.basic.auth.user.info"]
	}
	if info == "" {
		return r, nil
	}
	user, password, ok := strings.Cut(info, ":")
	if !ok || user == "" {
		return Registry{}, errors.New("basic.auth.user.info is not user:password (its value is not shown)")
	}
	r.User, r.Password = user, password
	return r, nil
}
