// Package registrytest is a schema registry for tests: it speaks the part of the
// REST API that reads, over HTTP, and can be made to misbehave.
package registrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Reference is how a schema refers to a version of a subject.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// Schema is one schema of the registry.
type Schema struct {
	ID         int         `json:"id"`
	Subject    string      `json:"subject"`
	Version    int         `json:"version"`
	GUID       string      `json:"guid,omitempty"`
	Type       string      `json:"schemaType,omitempty"` // "" is Avro
	Text       string      `json:"schema"`
	References []Reference `json:"references,omitempty"`
}

// Registry is a running registry. Its methods may be called while it serves.
type Registry struct {
	*httptest.Server
	mu       sync.Mutex
	schemas  []Schema
	asked    map[string]int
	faults   map[string]http.HandlerFunc
	user     string
	password string
}

// Start starts a registry; TLS says whether it speaks https. Close it.
func Start(tls bool) *Registry {
	r := &Registry{asked: map[string]int{}, faults: map[string]http.HandlerFunc{}}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	if tls {
		r.StartTLS()
	} else {
		r.Server.Start()
	}
	return r
}

// Add adds schemas.
func (r *Registry) Add(list ...Schema) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.schemas = append(r.schemas, list...)
}

// Protect makes the registry ask for a user and a password.
func (r *Registry) Protect(user, password string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.user, r.password = user, password
}

// Fault makes h answer the requests for a path.
func (r *Registry) Fault(path string, h http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[path] = h
}

// Asked is how often a path was asked for.
func (r *Registry) Asked(path string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[path]
}

// Refuse answers as a registry does that has an error to tell.
func Refuse(status, code int, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error_code": code, "message": message})
	}
}

func (r *Registry) serve(w http.ResponseWriter, req *http.Request) {
	path := req.URL.EscapedPath()
	r.mu.Lock()
	r.asked[path]++
	fault, user, password := r.faults[path], r.user, r.password
	r.mu.Unlock()
	if u, p, ok := req.BasicAuth(); user != "" && (!ok || u != user || p != password) {
		Refuse(http.StatusUnauthorized, 401, "User cannot access the resource.")(w, req)
		return
	}
	if fault != nil {
		fault(w, req)
		return
	}
	r.answer(w, req)
}

// answer knows the paths that read one schema.
func (r *Registry) answer(w http.ResponseWriter, req *http.Request) {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	var is func(Schema) bool
	switch {
	case len(parts) >= 3 && parts[0] == "schemas" && parts[1] == "ids":
		is = func(s Schema) bool { return fmt.Sprint(s.ID) == parts[2] }
	case len(parts) == 3 && parts[0] == "schemas" && parts[1] == "guids":
		is = func(s Schema) bool { return s.GUID != "" && s.GUID == parts[2] }
	case len(parts) >= 4 && parts[0] == "subjects":
		subject := strings.Join(parts[1:len(parts)-2], "/") // it may hold a slash, escaped
		is = func(s Schema) bool { return s.Subject == subject && fmt.Sprint(s.Version) == parts[len(parts)-1] }
	default:
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.schemas {
		if !is(s) {
			continue
		}
		w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
		if len(parts) == 4 && parts[3] == "versions" && parts[0] == "schemas" {
			_ = json.NewEncoder(w).Encode([]map[string]any{{"subject": s.Subject, "version": s.Version}})
			return
		}
		if parts[1] == "ids" { // which the answer of a real registry does not repeat
			s.ID, s.Subject, s.Version, s.GUID = 0, "", 0, ""
		}
		_ = json.NewEncoder(w).Encode(s)
		return
	}
	Refuse(http.StatusNotFound, 40403, "Schema not found")(w, req)
}
