#!/bin/sh
# Prints the values of a dotenv file as the reply of a program. A name that ends in PASSWORD, SECRET, TOKEN or KEY holds
# a secret. What stands on standard input is not needed: the only thing to know is an argument.
set -eu
test -r "$1" || { echo "there is no file $1 in the project" >&2; exit 1; }
awk '
    function quote(text,    at, char, out) {
        for (at = 1; at <= length(text); at++) {
            char = substr(text, at, 1)
            out = out (char == "\\" || char == "\"" ? "\\" char : char == "\t" ? "\\t" : char)
        }
        return "\"" out "\""
    }
    /^[ \t]*(#|$)/ { next }
    !/^[A-Za-z_][A-Za-z0-9_]*=/ { print "line " NR " is not NAME=value" > "/dev/stderr"; exit bad = 1 }
    {
        name = substr($0, 1, index($0, "=") - 1)
        value = substr($0, index($0, "=") + 1)
        if (value ~ /^".*"$/) { value = substr(value, 2, length(value) - 2); gsub(/\\"/, "\"", value) }
        entry = quote(name) ": " quote(value)
        if (name ~ /(PASSWORD|SECRET|TOKEN|KEY)$/) secrets = secrets (secrets ? ", " : "") entry
        else outputs = outputs (outputs ? ", " : "") entry
    }
    END { if (!bad) printf "{\"outputs\": {%s}, \"secrets\": {%s}}\n", outputs, secrets }
' "$1"
