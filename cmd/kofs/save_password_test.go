package main

import "testing"

// What an interrupted export says, and keeps, of a registry has no password.
func TestAPasswordInAURLIsNotShown(t *testing.T) {
	for given, want := range map[string]string{
		"http://joe:pa55word@registry:8081":                   "http://joe:xxxxx@registry:8081",
		"--schema-registry=http://joe:pa55word@registry:8081": "--schema-registry=http://joe:xxxxx@registry:8081",
		"http://registry:8081":                                "http://registry:8081",
		"--to-earliest":                                       "--to-earliest",
		"k=a:b@c":                                             "k=a:b@c",
		"%zz":                                                 "%zz",
	} {
		if got := withoutPassword(given); got != want {
			t.Errorf("%q gives %q, want %q", given, got, want)
		}
	}
}
