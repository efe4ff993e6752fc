// Reads job files and variable files as Nomad's client does, refusing every field that it does not know, and renders
// the templates of jobs with values that would break out of careless quotes.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/hashicorp/go-envparse"
	"github.com/hashicorp/nomad/api"
)

const hostile = "a\"b\\c{{ d }}\n$e'#"

type item struct{ Value string }
type instance struct {
	Address string
	Port    int
}

var reads = regexp.MustCompile(`{{ with nomadVar "([^"]+)" }}{{ \.([A-Za-z0-9_]+)`)

func functions(text string) template.FuncMap {
	variable := map[string]item{}
	for _, it := range reads.FindAllStringSubmatch(text, -1) {
		variable[it[2]] = item{hostile}
	}
	return template.FuncMap{
		"nomadVar":     func(string) map[string]item { return variable },
		"nomadService": func(int, string, string) []instance { return []instance{{"192.0.2.7", 20000}} },
		"env":          func(string) string { return "id" },
		"trimPrefix":   func(cut, text string) string { return strings.TrimPrefix(text, cut) },
		"trimSuffix":   func(cut, text string) string { return strings.TrimSuffix(text, cut) },
		"toJSON": func(value any) (string, error) {
			out, err := json.Marshal(value)
			return string(out), err
		},
		"base64Decode": func(text string) (string, error) {
			out, err := base64.StdEncoding.DecodeString(text)
			return string(out), err
		},
	}
}

func render(text string) (string, error) {
	parsed, err := template.New("").Option("missingkey=error").Funcs(functions(text)).Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, nil)
	return out.String(), err
}

func checkTemplate(it *api.Template) error {
	text, err := render(*it.EmbeddedTmpl)
	if err != nil || it.Envvars == nil || !*it.Envvars {
		return err
	}
	found, err := envparse.Parse(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("variables: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(*it.EmbeddedTmpl, "\n"), "\n")
	if len(found) != len(lines) {
		return fmt.Errorf("%d variables of %d lines", len(found), len(lines))
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "=")
		if strings.Count(found[name], hostile) != strings.Count(line, "nomadVar") {
			return fmt.Errorf("variable %s is read back as %q", name, found[name])
		}
	}
	return nil
}

func checkJob(job *api.Job) error {
	if job == nil || job.ID == nil || len(job.TaskGroups) == 0 {
		return fmt.Errorf("no job")
	}
	for _, group := range job.TaskGroups {
		labels := map[string]bool{}
		for _, network := range group.Networks {
			for _, port := range append(network.DynamicPorts, network.ReservedPorts...) {
				labels[port.Label] = true
			}
		}
		services := group.Services
		main := false
		for _, task := range group.Tasks {
			services = append(services, task.Services...)
			main = main || task.Lifecycle == nil
			for _, mount := range task.VolumeMounts {
				if group.Volumes[*mount.Volume] == nil {
					return fmt.Errorf("no volume %s", *mount.Volume)
				}
			}
			for _, it := range task.Templates {
				if err := checkTemplate(it); err != nil {
					return fmt.Errorf("template of %s: %w", *it.DestPath, err)
				}
			}
		}
		if !main {
			return fmt.Errorf("no main task")
		}
		for _, service := range services {
			if !labels[service.PortLabel] || len(service.Name) > 63 {
				return fmt.Errorf("service %s on port %s", service.Name, service.PortLabel)
			}
			for _, check := range service.Checks {
				if !labels[check.PortLabel] {
					return fmt.Errorf("check %s on port %s", check.Name, check.PortLabel)
				}
			}
		}
	}
	return nil
}

func strict(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func main() {
	accepted := map[string]int{}
	seen := map[string]int{}
	for _, path := range os.Args[1:] {
		kind := "jobs"
		var err error
		if strings.HasSuffix(path, ".vars.json") {
			kind = "variables"
			var variable api.Variable
			if err = strict(path, &variable); err == nil && (variable.Path == "" || len(variable.Items) == 0) {
				err = fmt.Errorf("no path or no items")
			}
		} else {
			var root struct{ Job *api.Job }
			if err = strict(path, &root); err == nil {
				err = checkJob(root.Job)
			}
		}
		seen[kind]++
		if err == nil {
			accepted[kind]++
		} else {
			fmt.Fprintf(os.Stderr, "refused: %s: %v\n", path, err)
		}
	}
	fmt.Printf("Nomad's client accepts %d of %d jobs, %d of %d variables\n",
		accepted["jobs"], seen["jobs"], accepted["variables"], seen["variables"])
	if accepted["jobs"] != seen["jobs"] || accepted["variables"] != seen["variables"] {
		os.Exit(1)
	}
}
