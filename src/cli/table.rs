//! Aligned columns of text for a person.
//!
//! In: rows of cells. Out: lines without borders, the columns two spaces apart. Where the screen is too narrow,
//! the widest cells are broken into lines between words; nothing is ever cut off. Knows nothing of what it shows.

/// Between two columns.
const GAP: usize = 2;

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
        let widths = self.widths(width);
        let mut out = String::new();
        for row in &self.rows {
            let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(it, width)| wrapped(it, *width)).collect();
            for index in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let mut line = " ".repeat(self.indent);
                for (cell, width) in cells.iter().zip(&widths) {
                    let part = cell.get(index).map_or("", String::as_str);
                    line.push_str(&format!("{part:<pad$}", pad = width + GAP));
                }
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
        out
    }

    /// The width of each column: that of its longest cell, and where that is too much for the screen, less for
    /// the widest columns, though never less than their longest word.
    fn widths(&self, screen: Option<usize>) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let longest = |column: usize, length: &dyn Fn(&str) -> usize| {
            self.rows.iter().filter_map(|it| it.get(column)).map(|it| length(it)).max().unwrap_or(0)
        };
        let count = |text: &str| text.chars().count();
        let word = |text: &str| text.split(' ').map(count).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns).map(|it| longest(it, &count)).collect();
        let least: Vec<usize> = (0..columns).map(|it| longest(it, &word)).collect();
        let Some(screen) = screen else { return widths };
        let room = screen.saturating_sub(self.indent + GAP * columns.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let wide = (0..columns).filter(|it| widths[*it] > least[*it]).max_by_key(|it| widths[*it]);
            match wide {
                Some(column) => widths[column] -= 1,
                None => break,
            }
        }
        widths
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
    fn the_widest_column_is_broken_between_words() {
        let text = table().text(Some(33));
        assert_eq!(text, "NAME    DOC\na       one two three four five\n        six seven\nlonger\n");
        let text = table().text(Some(13));
        assert_eq!(
            text,
            "NAME    DOC\na       one\n        two\n        three\n        four\n        five\n        six\n        seven\nlonger\n"
        );
        assert_eq!(table().text(Some(5)), text);
    }

    #[test]
    fn nothing_is_broken_without_a_screen() {
        let text = "NAME    DOC\na       one two three four five six seven\nlonger\n";
        assert_eq!(table().text(None), text);
    }
}
