//! The door of every KDL text: limits and the nearest cause of each mistake, before the parser sees it.
//!
//! In: text. Out: the same text for the parser, or problems. What comments and `/-` take out becomes blanks, so
//! that every place stays the same. The parser needs this door: nesting beyond some hundred levels overflows
//! its stack, an unclosed raw string costs it seconds, blocks of `/-` inside each other take it exponential
//! time, and several mistakes may come back as one that names the first character. The scan is one loop over
//! tokens with its own stack of open braces; it never recurses.

use super::lex::{Lexer, Token, is_newline, shortened};
use crate::diag::{Code, Diag};
use crate::source::{FileId, Span, line_column};

/// The size of a KDL file, at most.
pub const MAX_BYTES: usize = 1 << 20;
/// Children inside children, at most. Such a text is parsed within 512 KiB of stack (a test holds that).
pub const MAX_DEPTH: usize = 64;
/// Problems of one file, at most.
pub const MAX_PROBLEMS: usize = 20;

/// Checks a text; gives it back without comments, every byte in its place.
pub(super) fn check(text: &str, file: FileId) -> Result<String, Vec<Diag>> {
    if text.len() > MAX_BYTES {
        let message = format!("file of {} bytes", text.len());
        let diag = Diag::error(Code::KdlLimit, Span::new(file, 0, 0), message)
            .here(format!("a KDL file has at most {MAX_BYTES} bytes"))
            .help("split the file in several");
        return Err(vec![diag]);
    }
    let lexer = Lexer::new(text, file);
    let mut scan = Scan { lexer, open: Vec::new(), place: Place::Start, gone: None, odd_close: None };
    scan.run();
    let mut problems = scan.lexer.problems;
    if problems.is_empty() {
        return Ok(blanked(text, &scan.lexer.hidden));
    }
    problems.truncate(MAX_PROBLEMS);
    Err(problems)
}

/// The text with blanks in place of some ranges, byte for byte.
fn blanked(text: &str, hidden: &[(usize, usize)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (start, end) in hidden {
        if let Some(range) = bytes.get_mut(*start..*end) {
            range.fill(b' ');
        }
    }
    // The ranges end between characters, so the rest is still whole characters.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Where in a node the scan stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a node may start.
    Start,
    /// After a name, where arguments may follow.
    Node,
    /// After a slashdashed block: only a further block may follow.
    OnlyBlock,
    /// After the children: nothing may follow. The children's closing brace.
    Closed(usize),
    /// After a mistake in this node, up to its end.
    Skip,
}

/// An open `{`.
struct Block {
    at: usize,
    /// What follows the `}` that closes it; the end of a node where nothing is said.
    then: Option<Place>,
    /// Where the `/-` stands that takes it out.
    gone: Option<usize>,
}

struct Scan<'a> {
    lexer: Lexer<'a>,
    open: Vec<Block>,
    place: Place,
    /// Where the `/-` stands that takes out the current node, and how many blocks are open around that node.
    gone: Option<(usize, usize)>,
    /// The first `}` on a line of its own that is indented otherwise than the line of its `{`.
    odd_close: Option<(usize, usize)>,
}

impl Scan<'_> {
    fn run(&mut self) {
        while self.lexer.problems.len() < MAX_PROBLEMS {
            let spaced = self.lexer.skip_space();
            let before = self.lexer.problems.len();
            let (token, start) = self.lexer.token();
            if self.lexer.stopped {
                return;
            }
            if self.place == Place::Skip {
                self.lexer.forget(before);
            }
            match token {
                Token::End => return self.end(start),
                Token::Newline => self.end_node(start),
                Token::Semicolon => self.semicolon(start),
                Token::OpenBrace => self.open_block(start, None),
                Token::CloseBrace => self.close_block(start),
                Token::SlashDash => self.slashdash(start, spaced),
                _ => self.item(token, start, spaced),
            }
        }
    }

    fn syntax(&self, start: usize, end: usize, message: impl Into<String>) -> Diag {
        Diag::error(Code::KdlSyntax, self.lexer.span(start, end), message)
    }

    /// Reports a mistake inside a node and passes over the rest of that node.
    fn mistake(&mut self, diag: Diag) {
        if self.place != Place::Skip {
            self.lexer.problem(diag);
        }
        self.place = Place::Skip;
    }

    fn semicolon(&mut self, start: usize) {
        if self.place == Place::Start {
            let diag = self.syntax(start, start + 1, "`;` without a node before it");
            self.lexer.problem(diag.here("ends nothing").help("delete the `;`"));
        }
        self.end_node(start + 1);
    }

    fn end_node(&mut self, end: usize) {
        self.place = Place::Start;
        if let Some((start, depth)) = self.gone
            && depth == self.open.len()
        {
            self.lexer.hidden.push((start, end));
            self.gone = None;
        }
    }

    /// `gone` is the place of a `/-` before the brace.
    fn open_block(&mut self, start: usize, gone: Option<usize>) {
        let slashdashed = gone.is_some();
        let then = match self.place {
            Place::Start if !slashdashed => {
                let diag = self.syntax(start, start + 1, "children without a node");
                let help = "write the node's name before the `{`, on the same line";
                self.lexer.problem(diag.here("no node stands before this brace on its line").help(help));
                Place::Skip
            }
            Place::Closed(close) if !slashdashed => {
                let diag = self
                    .syntax(start, start + 1, "node with children twice")
                    .here("a second block")
                    .label(self.lexer.span(close, close + 1), "the children end here")
                    .help("put all children between one `{` and `}`");
                self.mistake(diag);
                Place::Skip
            }
            Place::Node if slashdashed => Place::OnlyBlock,
            Place::Closed(_) | Place::OnlyBlock if slashdashed => self.place,
            Place::Skip => Place::Skip,
            _ => return self.push(Block { at: start, then: None, gone: None }),
        };
        self.push(Block { at: start, then: Some(then), gone });
    }

    fn push(&mut self, block: Block) {
        let at = block.at;
        self.open.push(block);
        self.place = Place::Start;
        if self.open.len() > MAX_DEPTH {
            let diag = Diag::error(
                Code::KdlLimit,
                self.lexer.span(at, at + 1),
                format!("children nested deeper than {MAX_DEPTH}"),
            )
            .here("one level too many")
            .help("move the inner part into a definition of its own");
            self.lexer.stop(diag);
        }
    }

    fn close_block(&mut self, start: usize) {
        self.end_node(start);
        let Some(block) = self.open.pop() else {
            let mut diag =
                self.syntax(start, start + 1, "`}` without a `{`").here("closes nothing").help("delete this `}`");
            if let Some((open, close)) = self.odd_close.take() {
                diag = diag
                    .label(self.lexer.span(close, close + 1), "this `}` is indented otherwise than the block it closes")
                    .label(self.lexer.span(open, open + 1), "which opens here")
                    .help("delete the `}` that is one too many");
            }
            self.lexer.problem(diag);
            self.place = Place::Start;
            return;
        };
        if self.odd_close.is_none() && self.is_odd(block.at, start) {
            self.odd_close = Some((block.at, start));
        }
        self.place = block.then.unwrap_or(Place::Closed(start));
        if let Some(slashdash) = block.gone {
            self.lexer.hidden.push((slashdash, start + 1));
        }
    }

    /// Whether a `}` that starts its line is indented otherwise than the line of its `{`.
    fn is_odd(&self, open: usize, close: usize) -> bool {
        let (Some(opened), Some(closed)) = (self.indent(open), self.indent(close)) else { return false };
        closed.len() + line_start(self.lexer.text, close) == close && opened != closed
    }

    /// The blanks at the start of the line that holds `at`.
    fn indent(&self, at: usize) -> Option<&str> {
        let line = self.lexer.text.get(line_start(self.lexer.text, at)..)?;
        let length = line.find(|c| c != ' ' && c != '\t').unwrap_or(line.len());
        line.get(..length)
    }

    fn slashdash(&mut self, start: usize, spaced: bool) {
        let end = self.lexer.pos;
        if self.place == Place::Node && !spaced {
            let diag = self.syntax(start, end, "no blank before `/-`");
            return self.mistake(diag.here("touches what stands before it").help("write a blank before `/-`"));
        }
        self.lexer.skip_lines();
        let (token, at) = self.lexer.token();
        match token {
            Token::OpenBrace if self.place != Place::Start => return self.open_block(at, Some(start)),
            Token::Text | Token::Scalar | Token::OpenParen => {
                if self.place == Place::Start {
                    self.gone.get_or_insert((start, self.open.len()));
                    return self.item(token, at, true);
                }
                self.item(token, at, true);
                return self.lexer.hidden.push((start, self.lexer.pos));
            }
            Token::SlashDash => {
                let diag = self.syntax(start, self.lexer.pos, "`/-` twice");
                self.mistake(diag.here("one `/-` takes out one node, argument or block").help("write `/-` once"));
                return;
            }
            _ => {}
        }
        // What follows is read again in its own right: a closing brace must still close.
        self.lexer.pos = at;
        let diag = self.syntax(start, end, "`/-` with nothing after it");
        self.mistake(diag.here("takes out the node, argument or block that follows").help("delete the `/-`"));
    }

    /// A name, an argument or a property.
    fn item(&mut self, token: Token, start: usize, spaced: bool) {
        match self.place {
            Place::Skip => {}
            Place::Start => self.name(token, start),
            Place::OnlyBlock => {
                let diag = self.syntax(start, self.lexer.pos, "argument after a block");
                self.mistake(diag.here("stands after the children").help("move it before the `{`"));
            }
            Place::Closed(close) => {
                let shown = self.shown(start);
                let diag = self
                    .syntax(start, self.lexer.pos, format!("`{shown}` after the end of a node"))
                    .here("stands after the children")
                    .label(self.lexer.span(close, close + 1), "the node ends with this `}`")
                    .help("begin a new line, or write `;` after the `}`");
                self.mistake(diag);
            }
            Place::Node if !spaced && matches!(token, Token::Text | Token::Scalar | Token::OpenParen) => {
                let shown = self.shown(start);
                let diag = self.syntax(start, self.lexer.pos, format!("no blank before `{shown}`"));
                self.mistake(
                    diag.here("touches what stands before it").help(format!("write a blank before `{shown}`")),
                );
            }
            Place::Node => self.entry(token, start),
        }
    }

    fn shown(&self, start: usize) -> String {
        let text = self.lexer.text.get(start..self.lexer.pos).unwrap_or("");
        shortened(text.lines().next().unwrap_or(""))
    }

    fn name(&mut self, token: Token, start: usize) {
        let (token, start) = if token == Token::OpenParen {
            let Some(found) = self.annotated(start) else { return };
            found
        } else {
            (token, start)
        };
        if token == Token::Text {
            self.place = Place::Node;
            return;
        }
        let shown = self.shown(start);
        let diag = self.syntax(start, self.lexer.pos, format!("`{shown}` where a node's name should stand"));
        let diag = match token {
            Token::Scalar => diag
                .here("a value is not a name")
                .help(format!("write the name first, or `\"{shown}\"` for a name in quotes")),
            Token::Equals => diag
                .here("a property needs a node")
                .help("write `name key=value`, or `key value` for a node of its own"),
            _ => diag
                .here("a name is a word or a string")
                .help("write a name here, in quotes if it holds one of \\ / ( ) { } [ ] ; \" # ="),
        };
        self.mistake(diag);
    }

    fn entry(&mut self, token: Token, start: usize) {
        match token {
            Token::Scalar => self.after_value(start),
            Token::Text => self.argument_or_property(start),
            Token::OpenParen => {
                if self.annotated(start).is_some_and(|(token, at)| self.expect_value(token, at, "a type")) {
                    self.after_value(start);
                }
            }
            _ => self.unexpected(token, start),
        }
    }

    fn unexpected(&mut self, token: Token, start: usize) {
        let shown = self.shown(start);
        let diag = self.syntax(start, self.lexer.pos, format!("`{}` where an argument should stand", visible(&shown)));
        let diag = match (token, shown.as_str()) {
            (Token::Equals, _) => diag.here("no key stands before it").help("write `key=value`, or delete the `=`"),
            (_, "[" | "]") => {
                diag.here("KDL has no brackets").help("write the items one after the other: `name 1 2 3`")
            }
            (_, "\\") => diag.here("continues the line only at its end").help("delete it, or break the line after it"),
            (_, "/") => diag.here("starts neither `//` nor `/*` nor `/-`").help("put text that holds a `/` in quotes"),
            (_, ")") => diag.here("no `(` stands before it").help("delete it, or put text that holds it in quotes"),
            _ => diag.here("this character is not allowed here").help("delete it"),
        };
        self.mistake(diag);
    }

    /// After a string: a property if `=` follows.
    fn argument_or_property(&mut self, start: usize) {
        let end = self.lexer.pos;
        self.lexer.skip_space();
        if self.lexer.peek() != Some('=') {
            self.lexer.pos = end;
            return self.after_value(start);
        }
        self.lexer.pos += 1;
        self.lexer.skip_space();
        let (mut token, mut at) = self.lexer.token();
        if token == Token::OpenParen {
            let Some(found) = self.annotated(at) else { return };
            (token, at) = found;
        }
        let key = self.lexer.text.get(start..end).unwrap_or("").to_owned();
        if self.expect_value(token, at, &format!("`{key}=`")) {
            self.after_value(at);
        }
    }

    fn expect_value(&mut self, token: Token, at: usize, after: &str) -> bool {
        if matches!(token, Token::Text | Token::Scalar) {
            return true;
        }
        self.lexer.pos = at;
        let diag = self.syntax(at.saturating_sub(1), at, format!("no value after {after}"));
        self.mistake(diag.here("a value must follow").help("write a value, for example `\"text\"`, `1` or `#true`"));
        false
    }

    /// A property needs a string for its key.
    fn after_value(&mut self, start: usize) {
        if self.lexer.peek() == Some('=') {
            let shown = self.shown(start);
            self.lexer.pos += 1;
            let diag = self.syntax(start, self.lexer.pos, format!("`{shown}` is not a key"));
            self.mistake(
                diag.here("a key is a word or a string").help(format!("write `\"{shown}\"=` for a key in quotes")),
            );
        }
    }

    /// `(type)` and what it belongs to. The `(` has been read.
    fn annotated(&mut self, start: usize) -> Option<(Token, usize)> {
        self.lexer.skip_space();
        let (token, at) = self.lexer.token();
        let end = self.lexer.pos;
        if token == Token::Text {
            self.lexer.skip_space();
            let (close, close_at) = self.lexer.token();
            if close == Token::CloseParen {
                self.lexer.skip_space();
                let (token, at) = self.lexer.token();
                if matches!(token, Token::Text | Token::Scalar) {
                    return Some((token, at));
                }
                self.lexer.pos = at;
                let diag = self.syntax(start, close_at + 1, "type without a value");
                self.mistake(
                    diag.here("belongs to the name or value after it").help("write a name or a value after the `)`"),
                );
                return None;
            }
            self.lexer.pos = end;
            let diag = self.syntax(start, end, "type without a closing parenthesis");
            self.mistake(diag.here("opened here").help("write `)` after the type"));
            return None;
        }
        self.lexer.pos = at;
        let diag = self.syntax(start, start + 1, "parenthesis without a type");
        self.mistake(
            diag.here("a type is one word or string")
                .help("write `(type)value`, or put text that holds a `(` in quotes"),
        );
        None
    }

    fn end(&mut self, end: usize) {
        self.end_node(end);
        let Some(block) = self.open.last() else { return };
        let outer = block.at;
        let (at, cause) = match self.odd_close {
            Some((open, close)) => (open, Some(close)),
            None => (outer, None),
        };
        let mut diag =
            self.syntax(at, at + 1, "`{` without a `}`").here("opened here").help("write `}` where the children end");
        if let Some(close) = cause {
            let line = line_column(self.lexer.text, outer).0;
            diag = diag
                .label(self.lexer.span(close, close + 1), "closed here, but the indentation fits another block")
                .label(self.lexer.span(outer, outer + 1), format!("so this block of line {line} stays open"));
        }
        self.lexer.problem(diag);
    }
}

/// The text with characters that nobody sees as their escapes.
fn visible(text: &str) -> String {
    text.chars().flat_map(|c| if c == '\\' { vec![c] } else { c.escape_debug().collect() }).collect()
}

/// Where the line that holds `at` starts.
fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|it| it.rfind(is_newline))
        .map_or(0, |newline| newline + text.get(newline..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8))
}
