// Reads YAML from standard input with the reader named, and writes JSON; or writes KYAML as Kubernetes does.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	v3 "gopkg.in/yaml.v3"
	"sigs.k8s.io/yaml"
	"sigs.k8s.io/yaml/kyaml"
)

func run(reader string) error {
	if reader == "kyaml" {
		return (&kyaml.Encoder{}).FromYAML(os.Stdin, os.Stdout)
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var value any
	if reader == "sigs" {
		err = yaml.Unmarshal(text, &value)
	} else {
		err = v3.Unmarshal(text, &value)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(value)
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
