//! Drawings in every format. The snapshots stand in `tests/drawing/`; look at the images after a change.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use scorec::drawing::{Drawing, DrawingEdge, DrawingNode, Format, NodeKind, draw};

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "drawing", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}

fn node(kind: NodeKind, id: &str, label: &str, detail: &[&str]) -> DrawingNode {
    DrawingNode { id: id.into(), label: label.into(), kind, detail: detail.iter().map(|it| (*it).to_owned()).collect() }
}

fn workload(id: &str, detail: &[&str]) -> DrawingNode {
    node(NodeKind::Workload, id, id, detail)
}

fn resource(id: &str, label: &str, detail: &[&str]) -> DrawingNode {
    node(NodeKind::Resource, id, label, detail)
}

fn edges(list: &[(&str, &str, &str)]) -> Vec<DrawingEdge> {
    let edge = |(from, to, label): &(&str, &str, &str)| DrawingEdge {
        from: (*from).into(),
        to: (*to).into(),
        label: (*label).into(),
    };
    list.iter().map(edge).collect()
}

fn small() -> Drawing {
    Drawing {
        nodes: vec![
            workload("web", &["nginx:1.29"]),
            resource("postgres.web.db", "postgres", &["rule shared-postgres"]),
            resource("dns.web.host", "dns", &[]),
        ],
        edges: edges(&[("web", "postgres.web.db", "db"), ("web", "dns.web.host", "host")]),
    }
}

fn medium() -> Drawing {
    Drawing {
        nodes: vec![
            workload("web", &["shop/web:4.2"]),
            workload("api", &["shop/api:4.2", "2 containers"]),
            workload("worker", &["shop/worker:4.2"]),
            resource("route.web.home", "route", &["rule gateway-route"]),
            resource("dns#shared", "dns", &["shared", "rule fixed-domain"]),
            resource("postgres.api.db", "postgres", &["version 17", "rule shared-postgres"]),
            resource("postgres.worker.jobs", "postgres", &["version 17", "rule shared-postgres"]),
            resource("postgres-instance#shared", "postgres-instance", &["shared", "rule one-server"]),
            resource("redis#cache", "redis", &["shared", "rule redis"]),
            resource("s3.api.uploads", "s3", &["rule object-store"]),
            resource("volume#data", "volume", &["rule named-volume"]),
            resource("amqp.worker.queue", "amqp", &["rule broker"]),
        ],
        edges: edges(&[
            ("web", "route.web.home", "home"),
            ("web", "dns#shared", "dns"),
            ("route.web.home", "dns#shared", "host"),
            ("web", "redis#cache", "sessions"),
            ("api", "postgres.api.db", "db"),
            ("api", "redis#cache", "cache"),
            ("api", "s3.api.uploads", "uploads"),
            ("worker", "postgres.worker.jobs", "jobs"),
            ("worker", "amqp.worker.queue", "queue"),
            ("worker", "redis#cache", "cache"),
            ("postgres.api.db", "postgres-instance#shared", "server"),
            ("postgres.worker.jobs", "postgres-instance#shared", "server"),
            ("postgres-instance#shared", "volume#data", "data"),
        ]),
    }
}

/// Eight workloads, each with resources of its own and some that are shared.
fn large() -> Drawing {
    let mut drawing = Drawing::default();
    for shared in ["postgres-instance", "redis", "gateway", "certificate", "domain", "volume", "bucket", "monitoring"] {
        drawing.nodes.push(resource(shared, shared, &["shared"]));
    }
    for (index, name) in
        ["web", "api", "auth", "billing", "search", "mailer", "worker", "admin"].into_iter().enumerate()
    {
        drawing.nodes.push(workload(name, &[&format!("shop/{name}:4.2")]));
        for (kind, needs) in [("postgres", "postgres-instance"), ("route", "gateway"), ("s3", "bucket")]
            .iter()
            .take(1 + index % 3 + index / 4)
        {
            let id = format!("{kind}.{name}");
            drawing.nodes.push(resource(&id, kind, &[&format!("rule {kind}-{}", index % 2)]));
            drawing.edges.extend(edges(&[(name, &id, kind), (&id, needs, "server")]));
        }
        if index % 2 == 0 {
            drawing.edges.extend(edges(&[(name, "redis", "cache")]));
        }
        if index % 3 == 0 {
            drawing.edges.extend(edges(&[(name, "monitoring", "metrics")]));
        }
    }
    drawing.edges.extend(edges(&[
        ("gateway", "certificate", "tls"),
        ("certificate", "domain", "domain"),
        ("gateway", "domain", "domain"),
        ("postgres-instance", "volume", "data"),
        ("bucket", "volume", "data"),
    ]));
    drawing
}

#[test]
fn every_format_of_a_middling_graph() {
    snapshot!("tree", draw(&medium(), Format::Tree));
    snapshot!("tree_ascii", draw(&medium(), Format::AsciiTree));
    snapshot!("dot", draw(&medium(), Format::Dot));
    snapshot!("mermaid", draw(&medium(), Format::Mermaid));
    snapshot!("json", draw(&small(), Format::Json));
    snapshot!("svg_small", draw(&small(), Format::Svg));
}

/// The images themselves, to be looked at: `SCOREC_DRAWINGS=folder cargo test --test drawing`.
#[test]
#[allow(clippy::disallowed_methods, reason = "writes where the one who runs it asks for it")]
fn images_are_equal_on_every_run() {
    let drawings = [
        ("small", small()),
        ("medium", medium()),
        ("large", large()),
        ("hostile", hostile()),
        ("empty", Drawing::default()),
    ];
    for (name, drawing) in drawings {
        let image = draw(&drawing, Format::Svg);
        assert_eq!(image, draw(&drawing.clone(), Format::Svg));
        assert!(!image.contains("NaN") && !image.contains("inf"), "{name}");
        if let Some(folder) = std::env::var_os("SCOREC_DRAWINGS") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.svg")), image).expect("written");
        }
    }
}

/// Text that would mean something in each of the formats, an unknown end, a cycle, two nodes of one id.
fn hostile() -> Drawing {
    let text = "a\"b'c\\d<e>&f\n#g;`h`|{i}[j](k)-->end\u{7}\u{1b}[2J";
    Drawing {
        nodes: vec![
            node(NodeKind::Workload, text, text, &[text, "- list", ""]),
            resource("end", "end", &["größe 日本語", &"long ".repeat(30)]),
            resource("end", "again", &[]),
            resource("self", "self", &[]),
        ],
        edges: edges(&[
            (text, "end", text),
            ("end", text, "back"),
            ("self", "self", ""),
            ("end", "nowhere", "x"),
            (text, "self", "s"),
        ]),
    }
}

#[test]
fn text_cannot_break_out_of_its_place() {
    let drawing = hostile();
    for (name, format) in
        [("tree", Format::Tree), ("dot", Format::Dot), ("mermaid", Format::Mermaid), ("svg", Format::Svg)]
    {
        let text = draw(&drawing, format);
        assert!(!text.contains(['\u{7}', '\u{1b}']), "{name}: {text:?}");
        assert!(text.ends_with('\n'), "{name}");
    }
    assert!(!draw(&drawing, Format::Svg).contains("<e>"));
    snapshot!(
        "hostile",
        format!(
            "{}\n{}\n{}",
            draw(&drawing, Format::Tree),
            draw(&drawing, Format::Dot),
            draw(&drawing, Format::Mermaid)
        )
    );
}

#[test]
fn a_graph_deeper_than_the_stack() {
    let count = 20_000;
    let nodes = (0..count).map(|it| resource(&it.to_string(), "r", &[])).collect();
    let edges =
        (1..count).map(|it| DrawingEdge { from: (it - 1).to_string(), to: it.to_string(), label: String::new() });
    let drawing = Drawing { nodes, edges: edges.take(300).collect() };
    assert!(draw(&drawing, Format::Tree).lines().count() >= count);
}

#[test]
fn nothing_to_draw() {
    assert_eq!(draw(&Drawing::default(), Format::Tree), "");
    assert!(draw(&Drawing::default(), Format::Svg).contains("0 workloads, 0 resources."));
}
