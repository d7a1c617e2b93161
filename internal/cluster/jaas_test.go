package cluster

import (
	"strings"
	"testing"
)

func TestParseJAAS(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		username string
		password string
		err      string // "" for none
	}{
		"as in the manual":              {`a.B required username="alice" password="x";`, "alice", "x", ""},
		"over several lines":            {"a.B required\n  username=\"alice\"\n  password=\"x\";", "alice", "x", ""},
		"single quotes":                 {`a.B required username='al"ice' password='x';`, `al"ice`, "x", ""},
		"no quotes around words":        {`a.B required username=alice password=x-y_z$1.2;`, "alice", "x-y_z$1.2", ""},
		"white space around =":          {`a.B required username = "alice" password = "x" ;`, "alice", "x", ""},
		"another flag, other letters":   {`a.B Optional username="alice" password="x";`, "alice", "x", ""},
		"escaped quote and backslash":   {`a.B required username="alice" password="p\"q\\r";`, "alice", `p"q\r`, ""},
		"octal and letters":             {`a.B required username="alice" password="\101\n\t\e\4012";`, "alice", "A\n\te 12", ""},
		"semicolons and = in quotes":    {`a.B required username="a;b" password="=;/*x*///";`, "a;b", "=;/*x*///", ""},
		"comments":                      {"a.B /* x */ required // y\n username=\"alice\" password=\"x\"; / z", "alice", "x", ""},
		"letters beyond ASCII":          {`a.B required username="älice" password=пароль;`, "älice", "пароль", ""},
		"the last of two values counts": {`a.B required username="a" username="alice" password="x";`, "alice", "x", ""},
		"empty password":                {`a.B required username="alice" password="";`, "alice", "", ""},
		"nothing":                       {``, "", "", "names no login module"},
		"a password alone":              {`s3cret`, "", "", "has to begin with the login module's class"},
		"no flag":                       {`a.B username="alice" password="s3cret";`, "", "", "required, requisite, sufficient, optional"},
		"no semicolon":                  {`a.B required username="alice" password="s3cret"`, "", "", "does not end with a semicolon"},
		"an unquoted number":            {`a.B required username="alice" password=123s3cret;`, "", "", "option 2 has no value, or one that needs quotes"},
		"an unquoted odd character":     {`a.B required username="alice" password=s3!cret;`, "", "", "option 3 is not of the form"},
		"no value":                      {`a.B required username= password="s3cret";`, "", "", "option 2 is not of the form"},
		"a quote left open":             {`a.B required username="alice" password="s3cret;`, "", "", "a quote is missing"},
		"a quote inside":                {`a.B required username="alice" password="s3"cret";`, "", "", "option 3 is not of the form"},
		"two modules":                   {`a.B required username="a" password="s3cret"; c.D required;`, "", "", "something follows the semicolon"},
	} {
		t.Run(name, func(t *testing.T) {
			module, err := parseJAAS(test.text)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "cret") {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || module.class != "a.B" {
				t.Fatalf("%q, %v", module.class, err)
			}
			if u, p := string(module.options["username"]), string(module.options["password"]); u != test.username || p != test.password {
				t.Errorf("got %q and %q, want %q and %q", u, p, test.username, test.password)
			}
		})
	}
}

// Whatever a user writes: no panic, an end, and no piece of it in the error.
func FuzzJAAS(f *testing.F) {
	f.Add(`a.B required username="alice" password="p\"q\\r\101";`)
	f.Add(`'a' "required" /*`)
	f.Add("a.B required x=-.5 y=..; //\r/")
	f.Fuzz(func(t *testing.T, text string) {
		const marked = "qzxqzx"
		if _, err := parseJAAS(text + marked + text); err != nil && strings.Contains(err.Error(), marked) {
			t.Errorf("shown: %v", err)
		}
	})
}

// A password with its quotes and backslashes escaped comes out as it was.
func FuzzJAASQuoting(f *testing.F) {
	f.Add(`p"a\s;s= 1/*`)
	f.Fuzz(func(t *testing.T, password string) {
		if strings.ContainsAny(password, "\r\n") || strings.ToValidUTF8(password, "") != password {
			return
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(password)
		module, err := parseJAAS(`a.B required password="` + quoted + `";`)
		if err != nil || string(module.options["password"]) != password {
			t.Errorf("%q became %q, %v", password, string(module.options["password"]), err)
		}
	})
}
