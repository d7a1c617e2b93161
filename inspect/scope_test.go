package inspect

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseScope(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // as printed again; "" for an error
	}{
		{"orders", "orders"},
		{"orders:3", "orders:3"},
		{"orders:0,1,5", "orders:0,1,5"},
		{"orders:0-3", "orders:0,1,2,3"},
		{"orders:5,0-2,1", "orders:0,1,2,5"},
		{"ord*", "ord*"},
		{"-leading-dash", "-leading-dash"},
		{"", ""},
		{":", ""},
		{"t:", ""},
		{"t:3-1", ""},
		{"t:1,,2", ""},
		{"t:-1", ""},
		{"t:01", ""},
		{"t:+1", ""},
		{"t:1.0", ""},
		{"t:٣", ""},
		{"t:1-", ""},
		{"t:1-2-3", ""},
		{"t:2147483648", ""},
		{"t:0-2147483647", ""},
		{"a b", ""},
		{"a:0:1", ""},
		{"..", ""},
		{"t[", ""},
		{strings.Repeat("x", 250), ""},
	} {
		scope, err := ParseScope(c.in)
		if err != nil {
			if c.want != "" {
				t.Errorf("ParseScope(%q): %v", c.in, err)
			}
			continue
		}
		if got := scope.String(); got != c.want {
			t.Errorf("ParseScope(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParseScopeReadsWhatItPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scope := Scope{Topic: rapid.StringMatching(`[a-z][a-zA-Z0-9._-]{0,20}`).Draw(t, "topic")}
		if list := rapid.SliceOfNDistinct(rapid.Int32Range(0, 1000), 0, 5, rapid.ID).Draw(t, "partitions"); len(list) > 0 {
			scope.Partitions = list // none at all means every partition
		}
		got, err := ParseScope(scope.String())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range scope.Partitions {
			if !got.Matches(TopicPartition{scope.Topic, p}) {
				t.Fatalf("%s does not match partition %d", got, p)
			}
		}
		if len(got.Partitions) != len(scope.Partitions) {
			t.Fatalf("%s has %d partitions, want %d", got, len(got.Partitions), len(scope.Partitions))
		}
	})
}

func FuzzParseScope(f *testing.F) {
	f.Add("orders:0-5,7")
	f.Add("ord*:1")
	f.Fuzz(func(t *testing.T, s string) {
		scope, err := ParseScope(s)
		if err != nil {
			return
		}
		if again, err := ParseScope(scope.String()); err != nil || again.String() != scope.String() {
			t.Fatalf("%q became %q, which reads as %q, %v", s, scope, again, err)
		}
	})
}

func TestNear(t *testing.T) {
	names := []string{"billing", "billing-eu", "shipping", "audit"}
	for _, c := range []struct{ name, want string }{
		{"biling", "billing"},
		{"blliing", "billing"},
		{"Billing", "billing"},
		{"bill", "billing billing-eu"},
		{"xyz", ""},
		{"shiping", "shipping"},
	} {
		if got := strings.Join(Near(c.name, names), " "); got != c.want {
			t.Errorf("Near(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}
