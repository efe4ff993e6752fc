//! Aligned columns of text for a person.
//!
//! In: rows of cells. Out: lines without borders, the columns two spaces apart. Where the screen is too narrow,
//! the last column is broken into lines between words; nothing is ever cut off. Knows nothing of what it shows.

/// Between two columns.
const GAP: usize = 2;
/// A last column that would be narrower than this is not broken: it would be a column of single words.
const NARROWEST: usize = 24;

/// A table that is being filled.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    indent: usize,
}

impl Table {
    /// A table with a head.
    #[must_use]
    pub fn new<const N: usize>(head: [&str; N]) -> Self {
        let mut table = Table::default();
        table.row(head.map(str::to_owned));
        table
    }

    /// A table without a head, `indent` columns from the left.
    #[must_use]
    pub fn indented(indent: usize) -> Self {
        Table { rows: Vec::new(), indent }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|it| clean(&it)).into());
    }

    /// The lines of the table, each with its end. `width` is that of the screen; nothing is broken without one.
    #[must_use]
    pub fn text(&self, width: Option<usize>) -> String {
        let widths = self.widths();
        let last = self.indent + widths.iter().map(|it| it + GAP).sum::<usize>();
        let room = width.and_then(|it| it.checked_sub(last)).filter(|it| *it >= NARROWEST);
        let mut out = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(self.indent);
            let Some((end, cells)) = row.split_last() else { continue };
            for (cell, width) in cells.iter().zip(&widths) {
                line.push_str(&format!("{cell:<pad$}", pad = width + GAP));
            }
            for (index, part) in wrapped(end, room.unwrap_or(usize::MAX)).iter().enumerate() {
                let before = if index == 0 { line.clone() } else { " ".repeat(last) };
                out.push_str(format!("{before}{part}").trim_end());
                out.push('\n');
            }
        }
        out
    }

    /// The widths of all columns but the last.
    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(1);
        let width = |column: usize| {
            self.rows.iter().filter_map(|it| it.get(column)).map(|it| it.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

/// Lines of at most `width` columns where words allow it; an empty text is one empty line.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let length = word.chars().count();
        if let Some(line) = lines.last_mut() {
            let used = line.chars().count();
            if used > 0 && used + 1 + length > width {
                lines.push(word.to_owned());
            } else {
                if used > 0 {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
    }
    lines
}

/// One line, without characters that command a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["NAME", "DOC"]);
        table.row(["a".into(), "one two three four five six seven".into()]);
        table.row(["longer".into(), String::new()]);
        table
    }

    #[test]
    fn the_last_column_is_broken_between_words() {
        let text = table().text(Some(33));
        assert_eq!(text, "NAME    DOC\na       one two three four five\n        six seven\nlonger\n");
    }

    #[test]
    fn nothing_is_broken_without_a_screen_or_with_too_narrow_a_one() {
        let text = "NAME    DOC\na       one two three four five six seven\nlonger\n";
        assert_eq!(table().text(None), text);
        assert_eq!(table().text(Some(20)), text);
    }
}
