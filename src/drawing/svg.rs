//! A drawing as an SVG image that needs nothing else: no script, no font file, no network.
//!
//! In: a [`Drawing`]. Out: the text of the image. Colours follow the reader's light or dark preference where
//! the viewer knows it. Text is measured by a table, since no font is at hand; the table errs on the wide side.

use super::layout::{Layout, Rect, Route, Size, layout};
use super::{Drawing, DrawingNode, Link, NodeKind};

const LABEL_SIZE: f64 = 14.0;
const DETAIL_SIZE: f64 = 12.0;
const EDGE_SIZE: f64 = 11.0;
const LABEL_LINE: f64 = 20.0;
const DETAIL_LINE: f64 = 17.0;
/// From the side of a box to its text; on the left the coloured strip is part of it.
const PAD: f64 = 16.0;
/// Longer text is cut; the whole of it shows when the pointer rests on the box.
const LONGEST: usize = 44;

const STYLE: &str = "\
.scorec-graph { --paper: #ffffff; --ink: #1f2933; --soft: #5f6c7b; --line: #9aa5b1; --box: #f7f9fb; --rim: #cbd2d9;
  --workload: #4263eb; --workload-box: #edf2ff; --workload-rim: #91a7ff; --resource: #0ca678;
  font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif; }
@media (prefers-color-scheme: dark) {
  .scorec-graph { --paper: #16191d; --ink: #e4e7eb; --soft: #9aa5b1; --line: #616e7c; --box: #20252b; --rim: #3e4c59;
    --workload: #748ffc; --workload-box: #1f2743; --workload-rim: #4c63b6; --resource: #38d9a9; } }";

/// A style sheet's variables are not known to every viewer, so each colour has its light value as a fallback
/// in an attribute, which a style sheet outranks.
struct Paint {
    class: &'static str,
    rules: &'static str,
    attributes: &'static str,
}

const PAINTS: &[Paint] = &[
    Paint { class: "paper", rules: "fill: var(--paper)", attributes: "fill=\"#ffffff\"" },
    Paint {
        class: "box",
        rules: "fill: var(--box); stroke: var(--rim)",
        attributes: "fill=\"#f7f9fb\" stroke=\"#cbd2d9\"",
    },
    Paint {
        class: "workload-box",
        rules: "fill: var(--workload-box); stroke: var(--workload-rim)",
        attributes: "fill=\"#edf2ff\" stroke=\"#91a7ff\"",
    },
    Paint { class: "strip", rules: "fill: var(--resource)", attributes: "fill=\"#0ca678\"" },
    Paint { class: "workload-strip", rules: "fill: var(--workload)", attributes: "fill=\"#4263eb\"" },
    Paint {
        class: "label",
        rules: "fill: var(--ink)",
        attributes: "fill=\"#1f2933\" font-size=\"14\" font-weight=\"600\"",
    },
    Paint { class: "detail", rules: "fill: var(--soft)", attributes: "fill=\"#5f6c7b\" font-size=\"12\"" },
    Paint {
        class: "line",
        rules: "stroke: var(--line)",
        attributes: "fill=\"none\" stroke=\"#9aa5b1\" stroke-width=\"1.5\"",
    },
    Paint { class: "tip", rules: "fill: var(--line)", attributes: "fill=\"#9aa5b1\"" },
    Paint {
        class: "name",
        rules: "fill: var(--soft); stroke: var(--paper)",
        attributes: "fill=\"#5f6c7b\" stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\" \
                     font-size=\"11\" text-anchor=\"middle\"",
    },
];

fn paint(class: &str) -> String {
    let attributes = PAINTS.iter().find(|it| it.class == class).map_or("", |it| it.attributes);
    format!("class=\"{class}\" {attributes}")
}

pub(super) fn draw(drawing: &Drawing) -> String {
    let links = drawing.links();
    let sizes: Vec<Size> = drawing.nodes.iter().map(size).collect();
    let ends: Vec<(usize, usize)> = links.iter().map(|it| (it.from, it.to)).collect();
    let labels: Vec<f64> = links.iter().map(|it| text_width(&short(it.label), EDGE_SIZE)).collect();
    let layout = layout(&sizes, &ends, &labels);
    let mut out = head(drawing, &links, &layout);
    for (link, route) in links.iter().zip(&layout.routes) {
        out.push_str(&line(drawing, link, route));
    }
    for (node, at) in drawing.nodes.iter().zip(&layout.boxes) {
        out.push_str(&node_box(node, at));
    }
    // Last, so that no line runs through a name.
    out.push_str(&names(&links, &layout));
    out.push_str("</svg>\n");
    out
}

fn head(drawing: &Drawing, links: &[Link], layout: &Layout) -> String {
    let (width, height) = (number(layout.size.width.ceil()), number(layout.size.height.ceil()));
    let rules: String = PAINTS.iter().map(|it| format!(".scorec-graph .{} {{ {} }}\n", it.class, it.rules)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scorec-graph\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"scorec-title scorec-desc\" \
         font-family=\"system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif\">\n\
         <title id=\"scorec-title\">Workloads and what they need</title>\n\
         <desc id=\"scorec-desc\">{}</desc>\n\
         <style>\n{STYLE}\n{rules}</style>\n\
         <defs><marker id=\"scorec-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0.5 L8 4 L0 7.5 z\" {}/></marker></defs>\n\
         <rect {} width=\"{width}\" height=\"{height}\"/>\n",
        escaped(&description(drawing, links)),
        paint("tip"),
        paint("paper"),
    )
}

/// What the image shows, in words, for those who cannot see it.
fn description(drawing: &Drawing, links: &[Link]) -> String {
    let of = |kind| drawing.nodes.iter().filter(|it| it.kind == kind).count();
    let counted = |number: usize, noun: &str| crate::diag::count(number, noun);
    let mut text =
        format!("{}, {}.", counted(of(NodeKind::Workload), "workload"), counted(of(NodeKind::Resource), "resource"));
    for (index, node) in drawing.nodes.iter().enumerate() {
        let needs: Vec<&str> =
            links.iter().filter(|it| it.from == index).map(|it| drawing.nodes[it.to].label.as_str()).collect();
        if !needs.is_empty() {
            text.push_str(&format!(" {} needs {}.", node.label, needs.join(", ")));
        }
    }
    text
}

fn size(node: &DrawingNode) -> Size {
    let detail = node.detail.iter().map(|it| text_width(&short(it), DETAIL_SIZE));
    // The label is bold.
    let widest = detail.fold(text_width(&short(&node.label), LABEL_SIZE) * 1.08, f64::max);
    let height = LABEL_LINE + DETAIL_LINE * node.detail.len() as f64 + 18.0;
    Size { width: (widest + 2.0 * PAD + 4.0).max(96.0).round(), height }
}

fn node_box(node: &DrawingNode, at: &Rect) -> String {
    let (class, strip) = match node.kind {
        NodeKind::Workload => ("workload-box", "workload-strip"),
        NodeKind::Resource => ("box", "strip"),
    };
    let (x, y, width, height) = (number(at.x), number(at.y), number(at.width), number(at.height));
    let whole: Vec<String> = std::iter::once(&node.label).chain(&node.detail).map(|it| escaped(it)).collect();
    let mut out = format!(
        "<g><title>{}</title>\n\
         <rect {} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" stroke-width=\"1.25\"/>\n\
         <rect {} x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>\n",
        whole.join("\n"),
        paint(class),
        paint(strip),
        number(at.x + 7.0),
        number(at.y + 9.0),
        number(at.height - 18.0),
    );
    let left = number(at.x + PAD + 4.0);
    let mut base = at.y + 9.0 + 15.0;
    out.push_str(&format!(
        "<text {} x=\"{left}\" y=\"{}\">{}</text>\n",
        paint("label"),
        number(base),
        escaped(&short(&node.label))
    ));
    for line in &node.detail {
        base += DETAIL_LINE;
        let text = escaped(&short(line));
        out.push_str(&format!("<text {} x=\"{left}\" y=\"{}\">{text}</text>\n", paint("detail"), number(base)));
    }
    out.push_str("</g>\n");
    out
}

fn line(drawing: &Drawing, link: &Link, route: &Route) -> String {
    let mut path = format!("M{} {}", number(route.start.0), number(route.start.1));
    let mut from = route.start;
    for (left, right, y) in &route.passages {
        path.push_str(&curve(from, (*left, *y)));
        path.push_str(&format!(" L{} {}", number(*right), number(*y)));
        from = (*right, *y);
    }
    path.push_str(&curve(from, route.end));
    let (needs, needed) = (&drawing.nodes[link.from].label, &drawing.nodes[link.to].label);
    let name = if link.label.is_empty() { String::new() } else { format!(" as {}", link.label) };
    let title = escaped(&format!("{needs} needs {needed}{name}"));
    format!("<path {} d=\"{path}\" marker-end=\"url(#scorec-tip)\"><title>{title}</title></path>\n", paint("line"))
}

/// A curve that leaves and arrives level.
fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    let middle = number(from.0 + (to.0 - from.0) / 2.0);
    format!(" C{middle} {} {middle} {} {} {}", number(from.1), number(to.1), number(to.0), number(to.1))
}

/// Where the name of a link may stand on its first curve, the best place first.
const PLACES: [f64; 13] = [0.5, 0.55, 0.45, 0.6, 0.4, 0.65, 0.35, 0.7, 0.3, 0.75, 0.25, 0.8, 0.2];

/// The names of links, each at the place where it hides least of the others.
fn names(links: &[Link], layout: &Layout) -> String {
    let mut taken: Vec<Rect> = Vec::new();
    let mut out = String::new();
    for (link, route) in links.iter().zip(&layout.routes).filter(|(link, _)| !link.label.is_empty()) {
        let text = short(link.label);
        let width = text_width(&text, EDGE_SIZE) + 6.0;
        let to = route.passages.first().map_or(route.end, |(left, _, y)| (*left, *y));
        let at = |share: f64| {
            let (x, y) = point(route.start, to, share);
            Rect { x: x - width / 2.0, y: y - 7.0, width, height: 14.0 }
        };
        let places = PLACES.map(at);
        let cost = |place: &Rect| taken.iter().map(|it| overlap(place, it)).sum::<f64>();
        let Some(best) = places.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b))) else { continue };
        let (x, y) = (number(best.x + width / 2.0), number(best.y + 11.0));
        out.push_str(&format!("<text {} x=\"{x}\" y=\"{y}\">{}</text>\n", paint("name"), escaped(&text)));
        taken.push(best);
    }
    out
}

/// A point of [`curve`]: a cubic Bézier curve whose inner points stand half way, at the heights of the ends.
fn point(from: (f64, f64), to: (f64, f64), share: f64) -> (f64, f64) {
    let rest = 1.0 - share;
    let inner = 3.0 * rest * share;
    let middle = from.0 + (to.0 - from.0) / 2.0;
    let x = rest.powi(3) * from.0 + inner * middle + share.powi(3) * to.0;
    let y = from.1 + (to.1 - from.1) * (share * share * (3.0 - 2.0 * share));
    (x, y)
}

fn overlap(a: &Rect, b: &Rect) -> f64 {
    let shared = |start: f64, length: f64, other: f64, other_length: f64| {
        ((start + length).min(other + other_length) - start.max(other)).max(0.0)
    };
    shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height)
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

/// About how wide text is in a common sans-serif font, a little on the wide side.
fn text_width(text: &str, size: f64) -> f64 {
    let width = |char: char| match char {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.96,
        'A'..='Z' | '+' | '=' | '#' | '&' => 0.72,
        _ if (char as u32) >= 0x1100 => 1.05,
        _ => 0.61,
    };
    text.chars().map(width).sum::<f64>() * size
}

/// At most one decimal: more says nothing on a screen.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Minus zero would be written with its sign.
    format!("{}", rounded + 0.0)
}

/// XML 1.0 has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push(char::REPLACEMENT_CHARACTER),
            _ if char.is_control() => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}
