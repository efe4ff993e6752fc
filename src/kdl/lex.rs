//! KDL 2.0 text to tokens, in one pass.
//!
//! In: text. Out: tokens with byte ranges, and the problems that lie inside one token: an unclosed string or
//! comment, an escape that does not exist, a number that is none, a word of KDL 1. Every problem still gives
//! the token that was meant, so that one mistake is reported once. It knows nothing of nodes; `scan` does.

use crate::diag::{Code, Diag};
use crate::source::{FileId, Span};

/// Comments inside comments, at most.
const MAX_COMMENT_DEPTH: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// A bare word or a quoted string: what may be a name.
    Text,
    /// A number or a keyword such as `#true`: what may only be a value.
    Scalar,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Equals,
    Semicolon,
    Newline,
    SlashDash,
    /// A character that no token starts with.
    Unexpected,
    /// The end of the text, or of what can be read of it.
    End,
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    pub(super) problems: Vec<Diag>,
    /// The byte ranges of all comments.
    pub(super) hidden: Vec<(usize, usize)>,
    file: FileId,
    /// Problems found before a single-line string that did not end on its line. Up to the next such string
    /// it is not known whether the lines between were meant as text.
    pub(super) unclosed: Option<usize>,
    /// Whether reading ended early, so that what is missing at the end says nothing.
    pub(super) stopped: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, file: FileId) -> Self {
        let pos = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Lexer { text, pos, problems: Vec::new(), hidden: Vec::new(), file, unclosed: None, stopped: false }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// Takes back the problems after the first `kept`, unless one of them is a string that stayed open.
    pub(super) fn forget(&mut self, kept: usize) {
        if self.unclosed.is_none_or(|at| at <= kept) && !self.stopped {
            self.problems.truncate(kept);
        }
    }

    pub(super) fn problem(&mut self, diag: Diag) {
        self.problems.push(diag);
    }

    /// Reports a problem after which nothing that follows can be trusted.
    pub(super) fn stop(&mut self, diag: Diag) {
        self.problems.push(diag);
        self.pos = self.text.len();
        self.stopped = true;
    }

    pub(super) fn syntax(&self, start: usize, end: usize, message: impl Into<String>) -> Diag {
        Diag::error(Code::KdlSyntax, self.span(start, end), message)
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Skips blanks, `/* */` comments and `\` line continuations; says whether there were any.
    pub(super) fn skip_space(&mut self) -> bool {
        let start = self.pos;
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                Some(c) if is_space(c) => self.pos += c.len_utf8(),
                Some('/') if rest.starts_with("/*") => self.skip_comment(),
                Some('\\') if self.skip_continuation() => {}
                _ => break,
            }
        }
        self.pos > start
    }

    /// Skips what may stand between nodes: blanks, newlines and all comments.
    pub(super) fn skip_lines(&mut self) {
        loop {
            self.skip_space();
            self.skip_line_comment();
            match newline(self.rest()) {
                Some(length) => self.pos += length,
                None => break,
            }
        }
    }

    /// Skips `\` with the blanks, comments and line break after it; leaves any other `\` where it is.
    fn skip_continuation(&mut self) -> bool {
        let start = self.pos;
        self.pos += 1;
        loop {
            match self.peek() {
                Some(c) if is_space(c) => self.pos += c.len_utf8(),
                Some('/') if self.rest().starts_with("/*") => self.skip_comment(),
                _ => break,
            }
        }
        self.skip_line_comment();
        match newline(self.rest()) {
            Some(length) => self.pos += length,
            None if self.rest().is_empty() => {}
            None => {
                self.pos = start;
                return false;
            }
        }
        true
    }

    fn skip_line_comment(&mut self) {
        if self.rest().starts_with("//") {
            let start = self.pos;
            self.pos += line_length(self.rest());
            self.hidden.push((start, self.pos));
        }
    }

    fn skip_comment(&mut self) {
        let start = self.pos;
        let mut open = vec![start];
        let mut inner = None;
        let bytes = self.text.as_bytes();
        while let Some(pair) = bytes.get(self.pos..self.pos + 2) {
            match pair {
                b"/*" if self.pos == start => self.pos += 2,
                b"/*" => {
                    inner = Some(self.pos);
                    open.push(self.pos);
                    self.pos += 2;
                }
                b"*/" => {
                    open.pop();
                    self.pos += 2;
                    if open.is_empty() {
                        self.hidden.push((start, self.pos));
                        return;
                    }
                }
                _ => self.pos += 1,
            }
            if open.len() > MAX_COMMENT_DEPTH {
                let message = format!("comments nested more than {MAX_COMMENT_DEPTH} levels deep");
                let diag = Diag::error(Code::KdlLimit, self.span(start, start + 2), message)
                    .here("the outermost comment")
                    .help("comment out whole lines with `//`, or a whole node with `/-`");
                return self.stop(diag);
            }
        }
        let mut diag = self
            .syntax(start, start + 2, "comment without an end")
            .here("opened here")
            .help("write `*/` where the comment ends");
        if let Some(inner) = inner {
            diag = diag.label(self.span(inner, inner + 2), "this opens a comment inside it, with a `*/` of its own");
        }
        self.stop(diag);
    }

    /// The next token and where it starts; its end is `self.pos`. A `//` comment counts to the newline after it.
    pub(super) fn token(&mut self) -> (Token, usize) {
        self.skip_line_comment();
        let start = self.pos;
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return (Token::End, start) };
        if let Some(length) = newline(rest) {
            self.pos += length;
            return (Token::Newline, start);
        }
        let single = match c {
            '{' => Some(Token::OpenBrace),
            '}' => Some(Token::CloseBrace),
            '(' => Some(Token::OpenParen),
            ')' => Some(Token::CloseParen),
            '=' => Some(Token::Equals),
            ';' => Some(Token::Semicolon),
            _ => None,
        };
        if let Some(token) = single {
            self.pos += 1;
            return (token, start);
        }
        let token = match c {
            '/' if rest.starts_with("/-") => {
                self.pos += 2;
                Token::SlashDash
            }
            '"' if rest.starts_with("\"\"\"") => self.multi_line(),
            '"' => self.quoted(),
            '#' => self.hash(),
            c if is_word(c) => self.word(),
            c => {
                self.pos += c.len_utf8();
                Token::Unexpected
            }
        };
        (token, start)
    }

    /// A raw string or a keyword.
    pub(super) fn hash(&mut self) -> Token {
        let start = self.pos;
        let rest = self.rest();
        let hashes = rest.bytes().take_while(|it| *it == b'#').count();
        let after = rest.get(hashes..).unwrap_or("");
        if after.starts_with('"') {
            return self.raw(hashes);
        }
        let word: usize = after.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
        let shown = rest.get(..hashes + word).unwrap_or("#");
        self.pos += shown.len();
        if matches!(shown, "#inf" | "#-inf" | "#nan") {
            let diag = Diag::error(Code::KdlBadValue, self.span(start, self.pos), format!("`{shown}` has no use here"))
                .here("not a number that a file can hold")
                .help("write a number, or text in quotes");
            self.problems.push(diag);
        } else if !matches!(shown, "#true" | "#false" | "#null") {
            let known = shown.trim_matches('#').to_lowercase();
            let help = match known.as_str() {
                "true" | "false" | "null" => format!("write `#{known}`"),
                _ => format!("write text that starts with `#` in quotes: `\"{shown}\"`; comments start with `//`"),
            };
            let diag = self.syntax(start, self.pos, format!("unknown keyword `{shown}`"));
            self.problems.push(diag.here("known are #true, #false and #null").help(help));
        }
        Token::Scalar
    }

    fn word(&mut self) -> Token {
        let start = self.pos;
        let length: usize = self.rest().chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
        let word = self.rest().get(..length).unwrap_or("");
        self.pos += length;
        if matches!(self.peek(), Some('"' | '#')) && word == "r" {
            self.old_raw(start);
            return Token::Text;
        }
        let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
        if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            if !is_number(unsigned) {
                let diag = self.bad_number(start, word);
                self.problems.push(diag);
            } else if let Some(range) = out_of_range(word) {
                let at = self.span(start, self.pos);
                let diag = Diag::error(Code::KdlBadValue, at, format!("number `{}` is too large", shortened(word)));
                self.problems.push(diag.here(range).help("write it as text, in quotes: `\"…\"`"));
            }
            return Token::Scalar;
        }
        if unsigned.strip_prefix('.').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit())) {
            let fixed = word.replacen('.', "0.", 1);
            let diag = self.syntax(start, self.pos, format!("number `{word}` without a digit before the point"));
            self.problems.push(diag.here("not a number").help(format!("write `{fixed}`")));
            return Token::Scalar;
        }
        match word {
            "true" | "false" | "null" => {
                let diag = self.syntax(start, self.pos, format!("bare word `{word}`"));
                self.problems.push(
                    diag.here("KDL 2 keeps this word apart")
                        .help(format!("write `#{word}` for the value, or `\"{word}\"` for the text")),
                );
            }
            "inf" | "-inf" | "nan" => {
                let diag = self.syntax(start, self.pos, format!("bare word `{word}`"));
                self.problems.push(diag.here("KDL 2 keeps this word apart").help(format!("write `\"{word}\"`")));
            }
            _ => {}
        }
        Token::Text
    }

    fn bad_number(&self, start: usize, word: &str) -> Diag {
        let diag = self.syntax(start, self.pos, format!("`{word}` is neither a number nor a word"));
        let diag = diag.here("starts like a number");
        if let Some(number) = word.strip_suffix(',').filter(|it| is_number(it.trim_start_matches(['+', '-']))) {
            return diag.help(format!("write `{number}` without the comma: blanks separate arguments"));
        }
        diag.help(format!("write text in quotes: `\"{word}\"`"))
    }
}

/// Bytes up to the next line break.
pub(super) fn line_length(rest: &str) -> usize {
    rest.find(is_newline).unwrap_or(rest.len())
}

/// The length of a line break at the start of `rest`.
pub(super) fn newline(rest: &str) -> Option<usize> {
    if rest.starts_with("\r\n") {
        return Some(2);
    }
    rest.chars().next().filter(|c| is_newline(*c)).map(char::len_utf8)
}

pub(super) fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\t' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

/// Code points that KDL text may not hold (KDL 2.0, "Disallowed Literal Code Points").
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}' | '\u{200E}' | '\u{200F}')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn is_word(c: char) -> bool {
    !is_space(c) && !is_newline(c) && !is_forbidden(c) && !"\\/(){}[];\"#=".contains(c)
}

/// Whether a word without its sign is a number of KDL 2.0.
fn is_number(word: &str) -> bool {
    let digits = |text: &str, radix: u32| {
        text.starts_with(|c: char| c.is_digit(radix)) && text.chars().all(|c| c == '_' || c.is_digit(radix))
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = word.strip_prefix(prefix) {
            return digits(rest, radix);
        }
    }
    let (number, exponent) = match word.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (word, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    digits(whole, 10) && fraction.is_none_or(|it| digits(it, 10)) && exponent.is_none_or(|it| digits(it, 10))
}

/// What the largest number of its kind is, if a number that [`is_number`] knows goes beyond it.
fn out_of_range(word: &str) -> Option<&'static str> {
    let digits = word.replace('_', "");
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits.trim_start_matches('+')), |it| ("-", it));
    let integer = |radix, digits: &str| i64::from_str_radix(&format!("{sign}{digits}"), radix).is_ok();
    let fits = match unsigned.get(..2) {
        Some("0x") => integer(16, &unsigned[2..]),
        Some("0o") => integer(8, &unsigned[2..]),
        Some("0b") => integer(2, &unsigned[2..]),
        _ if unsigned.contains(['.', 'e', 'E']) => {
            let finite = unsigned.parse::<f64>().is_ok_and(f64::is_finite);
            return (!finite).then_some("a number goes up to 1.7e308");
        }
        _ => integer(10, unsigned),
    };
    (!fits).then_some("an integer goes from -9223372036854775808 to 9223372036854775807")
}

/// The start of a word, for messages.
pub(super) fn shortened(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}
