//! A drawing as a tree for the terminal.
//!
//! Every workload is a root. What several need is drawn in full once and referred to afterwards; workloads
//! below others are always referred to, since they are roots of their own.

use super::{Drawing, Link, NodeKind};

/// The pieces that a tree is made of.
pub(super) struct Pieces {
    branch: &'static str,
    last: &'static str,
    trunk: &'static str,
    above: &'static str,
    below: &'static str,
    detail: &'static str,
}

pub(super) const UNICODE: Pieces = Pieces {
    branch: "├── ",
    last: "└── ",
    trunk: "│   ",
    above: "  ↑ see above",
    below: "  ↓ see below",
    detail: " · ",
};

pub(super) const ASCII: Pieces = Pieces {
    branch: "|-- ",
    last: "`-- ",
    trunk: "|   ",
    above: "  ^ see above",
    below: "  v see below",
    detail: ", ",
};

pub(super) fn draw(drawing: &Drawing, pieces: &Pieces) -> String {
    let mut tree = Tree { drawing, pieces, links: drawing.links(), drawn: vec![false; drawing.nodes.len()] };
    let mut out = String::new();
    for root in tree.roots() {
        if !tree.drawn[root] {
            if !out.is_empty() {
                out.push('\n');
            }
            tree.draw_root(root, &mut out);
        }
    }
    out
}

struct Tree<'a> {
    drawing: &'a Drawing,
    pieces: &'a Pieces,
    links: Vec<Link<'a>>,
    /// By node: whether it has been drawn in full.
    drawn: Vec<bool>,
}

/// A line that is still to be drawn.
struct Pending<'a> {
    node: usize,
    /// What the parent calls it.
    label: &'a str,
    /// What stands before the line itself, and before the lines below it.
    first: String,
    rest: String,
}

impl<'a> Tree<'a> {
    /// Workloads, then what nobody needs, then whatever is left, which only a cycle can be.
    fn roots(&self) -> Vec<usize> {
        let all = 0..self.drawing.nodes.len();
        let needed = |node: &usize| self.links.iter().any(|it| it.to == *node);
        let workloads = all.clone().filter(|it| self.is_workload(*it));
        workloads.chain(all.clone().filter(|it| !needed(it))).chain(all).collect()
    }

    fn is_workload(&self, node: usize) -> bool {
        self.drawing.nodes[node].kind == NodeKind::Workload
    }

    /// With a list of what is to be drawn instead of recursion: a graph may be deeper than the stack.
    fn draw_root(&mut self, root: usize, out: &mut String) {
        let mut pending = vec![Pending { node: root, label: "", first: String::new(), rest: String::new() }];
        while let Some(next) = pending.pop() {
            let referred = self.reference(&next, root);
            out.push_str(&next.first);
            out.push_str(&self.name(&next));
            out.push_str(&referred.map_or_else(|| self.detail(&next), str::to_owned));
            out.push('\n');
            if referred.is_none() {
                self.drawn[next.node] = true;
                pending.extend(self.children(&next).into_iter().rev());
            }
        }
    }

    fn reference(&self, next: &Pending, root: usize) -> Option<&'static str> {
        if self.drawn[next.node] {
            return Some(self.pieces.above);
        }
        (next.node != root && self.is_workload(next.node)).then_some(self.pieces.below)
    }

    fn name(&self, next: &Pending) -> String {
        let name = if next.label.is_empty() { String::new() } else { format!("{}: ", plain(next.label)) };
        format!("{name}{}", plain(&self.drawing.nodes[next.node].label))
    }

    /// Said once, where the node is drawn in full.
    fn detail(&self, next: &Pending) -> String {
        let detail: Vec<String> = self.drawing.nodes[next.node].detail.iter().map(|it| plain(it)).collect();
        if detail.is_empty() { String::new() } else { format!("  ({})", detail.join(self.pieces.detail)) }
    }

    fn children(&self, parent: &Pending<'a>) -> Vec<Pending<'a>> {
        let links: Vec<&Link<'a>> = self.links.iter().filter(|it| it.from == parent.node).collect();
        let count = links.len();
        let child = |(index, link): (usize, &Link<'a>)| {
            let is_last = index + 1 == count;
            let (branch, trunk) =
                if is_last { (self.pieces.last, "    ") } else { (self.pieces.branch, self.pieces.trunk) };
            Pending {
                node: link.to,
                label: link.label,
                first: format!("{}{branch}", parent.rest),
                rest: format!("{}{trunk}", parent.rest),
            }
        };
        links.into_iter().enumerate().map(child).collect()
    }
}

/// One line, without characters that command a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
