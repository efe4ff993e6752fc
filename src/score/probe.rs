//! Liveness and readiness probes.

use super::fields::{Context, Item};
use super::model::{HttpGet, Name, Probe};
use super::pattern::{HEADER, NONEMPTY};
use crate::diag::{Code, Diag};

/// What tells the two probes of a container apart.
pub struct Kind {
    key: &'static str,
    http_get: &'static str,
    exec: &'static str,
}

pub const LIVENESS: Kind =
    Kind { key: "livenessProbe", http_get: "container.liveness-probe.http-get", exec: "container.liveness-probe.exec" };

pub const READINESS: Kind = Kind {
    key: "readinessProbe",
    http_get: "container.readiness-probe.http-get",
    exec: "container.readiness-probe.exec",
};

const TIMING: &str = "remove it: Score leaves the timing of probes to the platform";
const HINTS: &[(&str, &str)] = &[
    ("initialDelaySeconds", TIMING),
    ("periodSeconds", TIMING),
    ("timeoutSeconds", TIMING),
    ("successThreshold", TIMING),
    ("failureThreshold", TIMING),
];

/// Reads a probe of a container. A probe that probes nothing is an error, though the published schema allows it.
pub fn read(cx: &mut Context, container: &Name, item: &Item, kind: &Kind) -> Option<Probe> {
    let probe = item.get(kind.key)?;
    if !cx.closed_map(&probe, &["httpGet", "exec"], HINTS) {
        return None;
    }
    let (http_get, exec) = (probe.get("httpGet"), probe.get("exec"));
    if http_get.is_none() && exec.is_none() {
        let message = format!("`{}` has neither `httpGet` nor `exec`", probe.path);
        cx.diags.push(
            Diag::error(Code::ScoreMissingKey, probe.key, message)
                .here("this probes nothing")
                .help("add `httpGet: {path: /, port: 8080}`"),
        );
    }
    let http_get = http_get.and_then(|it| {
        cx.feature(kind.http_get, Some(container), it.key);
        read_http_get(cx, &it)
    });
    let exec = exec.and_then(|it| {
        cx.feature(kind.exec, Some(container), it.key);
        read_exec(cx, &it)
    });
    Some(Probe { http_get, exec, at: probe.key })
}

fn read_exec(cx: &mut Context, item: &Item) -> Option<Vec<Name>> {
    if !cx.closed_map(item, &["command"], &[]) {
        return None;
    }
    let command = cx.required(item, "command", "command: [\"true\"]")?;
    let texts = cx.texts(&command)?;
    if texts.is_empty() {
        cx.diags.push(
            Diag::error(Code::ScoreBadValue, command.node.at, format!("`{}` is empty", command.path))
                .here("there is nothing to run")
                .help("write the program and its arguments, for example `[test, -f, /ready]`"),
        );
    }
    Some(texts)
}

fn read_http_get(cx: &mut Context, item: &Item) -> Option<HttpGet> {
    if !cx.closed_map(item, &["path", "port", "host", "scheme", "httpHeaders"], &[]) {
        return None;
    }
    let path = cx.required(item, "path", "path: /").and_then(|it| cx.text(&it));
    let port = cx.required(item, "port", "port: 8080").and_then(|it| cx.port(&it));
    let host = item.get("host").and_then(|it| cx.text_like(&it, &NONEMPTY));
    let scheme = item.get("scheme").and_then(|it| cx.one_of(&it, &["HTTP", "HTTPS"]));
    let headers = item.get("httpHeaders").and_then(|it| cx.list(&it)).unwrap_or_default();
    let headers = headers.iter().filter_map(|it| read_header(cx, it)).collect();
    Some(HttpGet { path: path?, port: port?, host, scheme, headers, at: item.key })
}

fn read_header(cx: &mut Context, item: &Item) -> Option<(Name, Name)> {
    if !cx.closed_map(item, &["name", "value"], &[]) {
        return None;
    }
    let name = cx.required(item, "name", "name: Accept").and_then(|it| cx.text_like(&it, &HEADER));
    let value = cx.required(item, "value", "value: text/plain").and_then(|it| cx.text_like(&it, &NONEMPTY));
    Some((name?, value?))
}
