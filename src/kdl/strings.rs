//! The strings of KDL 2.0: quoted, of several lines, and raw.
//!
//! In: a lexer that stands before a string. Out: the lexer behind it, and the problems inside it. A string
//! without an end is reported where it opens, which is the nearest thing to its cause.

use super::lex::{Lexer, Token, is_forbidden, is_newline, is_space, line_length, newline};

impl Lexer<'_> {
    pub(super) fn quoted(&mut self) -> Token {
        let start = self.pos;
        self.pos += 1;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.pos += 1;
                    return Token::Text;
                }
                '\\' => self.escape(),
                c if is_newline(c) => break,
                c => self.text_char(c),
            }
        }
        self.unclosed_line(start);
        Token::Text
    }

    fn unclosed_line(&mut self, start: usize) {
        if let Some(kept) = self.unclosed {
            self.problems.truncate(kept);
            self.pos = self.text.len();
            self.stopped = true;
            return;
        }
        let diag = self
            .syntax(start, self.pos, "string without an end")
            .here("opened here, and not closed on this line")
            .help("close it with `\"`, or put text of several lines between `\"\"\"` and `\"\"\"`, each on a line of its own");
        self.problems.push(diag);
        self.unclosed = Some(self.problems.len());
    }

    /// A character inside a string: a few may not stand in KDL text at all.
    fn text_char(&mut self, c: char) {
        if is_forbidden(c) {
            let diag = self
                .syntax(self.pos, self.pos + c.len_utf8(), format!("character U+{:04X} in a string", c as u32))
                .here("this character is not visible and not allowed in KDL text")
                .help(format!("write `\\u{{{:x}}}`, or delete it", c as u32));
            self.problems.push(diag);
        }
        self.pos += c.len_utf8();
    }

    fn escape(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let Some(c) = self.peek() else { return };
        if is_space(c) || is_newline(c) {
            while let Some(c) = self.peek().filter(|c| is_space(*c) || is_newline(*c)) {
                self.pos += c.len_utf8();
            }
            return;
        }
        self.pos += c.len_utf8();
        if "nrt\\\"bfs".contains(c) {
            return;
        }
        if c == 'u' {
            return self.unicode_escape(start);
        }
        let help = match c {
            '/' => "write `/`: it needs no backslash".to_owned(),
            '{' => "write `\\\\{`: KDL reads two backslashes as one".to_owned(),
            _ => format!("write `\\\\{c}` for a backslash, or use a raw string: `#\"…\"#`"),
        };
        let diag = self
            .syntax(start, self.pos, format!("unknown escape `\\{c}`"))
            .here("known are \\n \\r \\t \\\\ \\\" \\b \\f \\s \\u{…}")
            .help(help);
        self.problems.push(diag);
    }

    fn unicode_escape(&mut self, start: usize) {
        let rest = self.rest();
        let digits = rest.strip_prefix('{').map(|it| it.bytes().take_while(u8::is_ascii_hexdigit).count());
        let known = digits.filter(|count| (1..=6).contains(count)).and_then(|count| {
            let digits = rest.get(1..=count)?;
            rest.get(count + 1..).filter(|it| it.starts_with('}'))?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            Some(count + 2)
        });
        if let Some(length) = known {
            self.pos += length;
            return;
        }
        self.pos += digits.map_or(0, |count| count + 1);
        let diag = self
            .syntax(start, self.pos, "escape that names no character")
            .here("not `\\u{…}` with the hexadecimal number of a character")
            .help("write one to six hexadecimal digits in braces, for example `\\u{e9}` for `é`");
        self.problems.push(diag);
    }

    pub(super) fn multi_line(&mut self) -> Token {
        let start = self.pos;
        self.pos += 3;
        let first = newline(self.rest());
        while let Some(c) = self.peek() {
            match c {
                '"' if self.rest().starts_with("\"\"\"") => {
                    self.pos += 3;
                    self.check_multi_line(start, 3, first.is_some(), true);
                    return Token::Text;
                }
                '\\' => self.escape(),
                c if is_newline(c) => self.pos += c.len_utf8(),
                c => self.text_char(c),
            }
        }
        self.never_closed(start, start + 3, "\"\"\"");
        Token::Text
    }

    fn never_closed(&mut self, start: usize, end: usize, close: &str) {
        let diag = self
            .syntax(start, end, "string without an end")
            .here("opened here, and not closed up to the end of the file")
            .help(format!("write `{close}` where the string ends"));
        self.stop(diag);
    }

    /// A string of several lines starts and ends with a line break, and its lines start as the last one does.
    fn check_multi_line(&mut self, start: usize, delimiter: usize, starts_with_newline: bool, escapes: bool) {
        let (text, end) = (self.text, self.pos);
        let body = text.get(start + delimiter..end - delimiter).unwrap_or("");
        if !starts_with_newline {
            let diag = self
                .syntax(start, start + delimiter, "text on the line of the opening quotes")
                .here("a string of several lines starts on the next line")
                .help(if body.contains(is_newline) {
                    "break the line after the opening `\"\"\"`"
                } else {
                    "write a string of one line between single quotation marks: `\"…\"`"
                });
            return self.problems.push(diag);
        }
        // A backslash may join lines; the parser decides on those.
        let joined = escapes && body.contains('\\');
        let prefix = body.rfind(is_newline).map_or("", |at| body[at..].trim_start_matches(is_newline));
        if !prefix.chars().all(is_space) {
            if !joined {
                let diag = self
                    .syntax(end - delimiter, end, "text before the closing quotes")
                    .here("these stand on a line of their own")
                    .help("break the line before the closing `\"\"\"`");
                self.problems.push(diag);
            }
            return;
        }
        if prefix.is_empty() || joined {
            return;
        }
        let mut at = start + delimiter;
        for line in body.split_inclusive(is_newline) {
            let shown = line.trim_end_matches(is_newline);
            if !line.starts_with(prefix) && !shown.chars().all(is_space) {
                let indent = shown.len() - shown.trim_start().len();
                let diag = self
                    .syntax(at, at + shown.len().max(indent), "line of a string that stands left of its closing quotes")
                    .here("starts with other blanks than the closing quotes")
                    .label(self.span(end - delimiter, end), "the blanks before these are taken off every line")
                    .help("indent the line at least as far as the closing quotes, with the same blanks");
                return self.problems.push(diag);
            }
            at += line.len();
        }
    }

    pub(super) fn raw(&mut self, hashes: usize) -> Token {
        let start = self.pos;
        let body = &self.rest()[hashes..];
        let several = body.starts_with("\"\"\"");
        let quotes = if several { 3 } else { 1 };
        let close = format!("{}{}", &"\"\"\""[..quotes], "#".repeat(hashes));
        let open = hashes + quotes;
        let text = self.rest().get(open..).unwrap_or("");
        // A line break is only looked for up to the closing quotes: many strings on one line stay linear.
        let length = text.find(&close);
        match length {
            Some(length) if several || !text[..length].contains(is_newline) => {
                self.pos += open + length + close.len();
                self.check_raw_chars(start + open, length);
                if several {
                    self.check_multi_line(start, open, newline(text).is_some(), false);
                }
            }
            _ if several => self.never_closed(start, start + open, &close),
            _ => {
                self.pos += open + line_length(text);
                self.unclosed_raw(start, &close, hashes);
            }
        }
        Token::Text
    }

    fn check_raw_chars(&mut self, from: usize, length: usize) {
        let body = self.text.get(from..from + length).unwrap_or("");
        if let Some((at, c)) = body.char_indices().find(|(_, c)| is_forbidden(*c)) {
            let diag = self
                .syntax(from + at, from + at + c.len_utf8(), format!("character U+{:04X} in a raw string", c as u32))
                .here("this character is not visible and not allowed in KDL text")
                .help(format!("delete it, or write the string as `\"…\"` with `\\u{{{:x}}}`", c as u32));
            self.problems.push(diag);
        }
    }

    fn unclosed_raw(&mut self, start: usize, close: &str, hashes: usize) {
        if self.unclosed.is_some() {
            return self.unclosed_line(start);
        }
        let hash = "#".repeat(hashes);
        let diag = self
            .syntax(start, self.pos, "raw string without an end")
            .here("opened here, and not closed on this line")
            .help(format!(
                "close it with `{close}`, or put text of several lines between `{hash}\"\"\"` and `\"\"\"{hash}`"
            ));
        self.problems.push(diag);
        self.unclosed = Some(self.problems.len());
    }

    /// `r"…"` and `r#"…"#` are the raw strings of KDL 1.
    pub(super) fn old_raw(&mut self, start: usize) {
        let (before, unclosed) = (self.problems.len(), self.unclosed);
        if self.peek() == Some('"') {
            self.quoted();
        } else {
            self.hash();
        }
        if self.stopped || self.unclosed != unclosed {
            return;
        }
        // What KDL 2 does not know inside it is not a second mistake.
        self.problems.truncate(before);
        let shown = self.text.get(start..self.pos).unwrap_or("");
        let fixed = shown.trim_start_matches('r');
        let fixed = if fixed.starts_with('#') { fixed.to_owned() } else { format!("#{fixed}#") };
        let diag = self.syntax(start, self.pos, "raw string as KDL 1 wrote it");
        self.problems.push(diag.here("KDL 2 has no `r` before a raw string").help(format!("write `{fixed}`")));
    }
}
