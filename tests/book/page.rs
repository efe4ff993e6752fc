//! A page as lines, and the parts of it that the tests look at.
//!
//! In: Markdown. Out: [`Part`]s with the lines they stand on, so that an edit can put something else there.

/// A page of the manual.
pub struct Page {
    /// Relative to the repository.
    pub path: String,
    pub lines: Vec<String>,
}

/// Lines from `start` up to, and without, `end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lines {
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    Heading {
        level: usize,
        text: String,
    },
    /// A fenced block: the words after the fence, and the lines between the fences.
    Block {
        info: Vec<String>,
        body: Lines,
    },
    /// `<!-- file=NAME`, lines, `-->`: a file that the example needs and the reader need not see.
    HiddenFile {
        name: String,
        body: Lines,
    },
    /// `<!-- same folder -->`: the examples below this heading go on in the folder of those above.
    SameFolder,
    /// `<!-- generated: NAME -->`, lines, `<!-- /generated -->`.
    Generated {
        name: String,
        body: Lines,
    },
    /// One row of a table with the columns `expression` and `gives`.
    Row {
        line: usize,
        expression: String,
        gives: String,
    },
}

impl Page {
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        Page { path: path.into(), lines: text.lines().map(str::to_owned).collect() }
    }

    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    pub fn of(&self, lines: Lines) -> &[String] {
        &self.lines[lines.start..lines.end]
    }

    /// The parts, in order.
    pub fn parts(&self) -> Vec<(usize, Part)> {
        let mut parts = Vec::new();
        let mut at = 0;
        let mut in_table = false;
        while at < self.lines.len() {
            let line = self.lines[at].as_str();
            let (part, next) = self.part(line, at, &mut in_table);
            parts.extend(part.map(|it| (at, it)));
            at = next;
        }
        parts
    }

    fn part(&self, line: &str, at: usize, in_table: &mut bool) -> (Option<Part>, usize) {
        if let Some(fence) = fence(line) {
            let end = self.find(at + 1, |it| it.trim_end() == fence);
            let info = line[fence.len()..].split_whitespace().map(str::to_owned).collect();
            return (Some(Part::Block { info, body: Lines { start: at + 1, end } }), end + 1);
        }
        if let Some(name) = line.strip_prefix("<!-- file=") {
            let end = self.find(at + 1, |it| it == "-->");
            let body = Lines { start: at + 1, end };
            return (Some(Part::HiddenFile { name: name.trim().to_owned(), body }), end + 1);
        }
        if let Some(name) = line.strip_prefix("<!-- generated: ").and_then(|it| it.strip_suffix(" -->")) {
            let end = self.find(at + 1, |it| it == "<!-- /generated -->");
            let body = Lines { start: at + 1, end };
            return (Some(Part::Generated { name: name.to_owned(), body }), end + 1);
        }
        if line == "<!-- same folder -->" {
            return (Some(Part::SameFolder), at + 1);
        }
        let level = line.bytes().take_while(|it| *it == b'#').count();
        if level > 0 && line[level..].starts_with(' ') {
            return (Some(Part::Heading { level, text: line[level + 1..].trim().to_owned() }), at + 1);
        }
        (self.row(line, at, in_table), at + 1)
    }

    fn row(&self, line: &str, at: usize, in_table: &mut bool) -> Option<Part> {
        if !line.starts_with('|') {
            *in_table = false;
            return None;
        }
        let cells = cells(line);
        if cells.len() >= 2 && cells[0] == "expression" && cells[1] == "gives" {
            *in_table = true;
            return None;
        }
        if !*in_table || cells.len() < 2 || cells[0].starts_with("--") {
            return None;
        }
        Some(Part::Row { line: at, expression: code(&cells[0]), gives: code(&cells[1]) })
    }

    fn find(&self, from: usize, wanted: impl Fn(&str) -> bool) -> usize {
        let found = self.lines[from..].iter().position(|it| wanted(it));
        found.map_or_else(|| panic!("{}:{from}: nothing ends what begins here", self.path), |it| from + it)
    }
}

fn fence(line: &str) -> Option<&str> {
    let length = line.bytes().take_while(|it| *it == b'`').count();
    (length >= 3).then(|| &line[..length])
}

/// The cells of a row; `\|` is no border.
pub fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    let marked = inner.replace("\\|", "\u{1}");
    marked.split('|').map(|it| it.trim().replace('\u{1}', "|")).collect()
}

/// The text of a code span; other text as it is.
pub fn code(cell: &str) -> String {
    let ticks = cell.bytes().take_while(|it| *it == b'`').count();
    if ticks == 0 || cell.len() < 2 * ticks {
        return cell.to_owned();
    }
    let inner = &cell[ticks..cell.len() - ticks];
    inner.strip_prefix(' ').and_then(|it| it.strip_suffix(' ')).unwrap_or(inner).to_owned()
}

/// The opposite of [`code`], for a cell of a table.
pub fn as_code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// How GitHub and mdBook name a heading in links.
pub fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}
