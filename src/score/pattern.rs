//! The patterns of the published schema, each with what it says in words.

use std::sync::LazyLock;

use regex_lite::Regex;

/// What a text must look like.
pub struct Pattern {
    regex: LazyLock<Regex>,
    /// The fewest and most characters, which the schema states beside the pattern.
    lengths: (usize, usize),
    /// What may stand here, to follow "it must be".
    pub words: &'static str,
    /// Whether a nearby legal text can be made by lowering the case and replacing characters with `-`.
    slug: bool,
}

macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident = $regex:literal, $lengths:expr, $slug:literal, $words:literal;)*) => { $(
        $(#[$doc])*
        pub static $name: Pattern = Pattern {
            regex: LazyLock::new(|| compile($regex)), lengths: $lengths, words: $words, slug: $slug,
        };
    )* };
}

patterns! {
    /// Workload, container, port and resource names (S002).
    NAME = "^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$", (2, 63), true,
        "2 to 63 of a-z, 0-9 and `-`, beginning and ending with a letter or digit";
    /// Resource types and classes (S003).
    TYPE = "^[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]$", (2, 63), true,
        "2 to 63 letters, digits and `-`, beginning and ending with a letter or digit";
    /// Resource ids (S004).
    ID = r"^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$", (2, 63), false,
        "2 to 63 of a-z, 0-9, `-` and `.`, each part between dots beginning and ending with a letter or digit";
    /// Annotation keys (S005).
    ANNOTATION = r"^(([a-z0-9][a-z0-9-]{0,61}[a-z0-9])(\.[a-z0-9][a-z0-9-]{0,61}[a-z0-9])*/)?[A-Za-z0-9][A-Za-z0-9._-]{0,61}[A-Za-z0-9]$",
        (2, 316), false, "2 to 63 letters, digits, `.`, `_` and `-`, with an optional host name and `/` before them";
    /// Names of variables (S006).
    VARIABLE = "^[^=]+$", ANY, false, "at least one character, and no `=`";
    /// File modes (S006).
    MODE = "^0?[0-7]{3}$", ANY, false, "three octal digits, for example `\"0644\"`";
    /// Memory (S007).
    MEMORY = r"^(0\.\d+|[1-9]\d*(\.\d+)?)(K|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$", ANY, false,
        "a number of bytes with an optional unit of K, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei, for example `512Mi`";
    /// CPU (S007).
    CPU = r"^\d+(?:m|\.\d+)?$", ANY, false,
        "a number of CPUs, or of thousandths with `m`, for example `0.5` or `500m`";
    /// Names of HTTP headers (S010).
    HEADER = "^[A-Za-z0-9_-]+$", ANY, false, "letters, digits, `_` and `-`";
    /// Texts that must not be empty.
    NONEMPTY = "(?s)^.+$", ANY, false, "at least one character";
}

const ANY: (usize, usize) = (1, usize::MAX);

fn compile(regex: &str) -> Regex {
    match Regex::new(regex) {
        Ok(regex) => regex,
        Err(error) => crate::bug!("the pattern {regex}: {error}"),
    }
}

impl Pattern {
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let length = text.chars().count();
        (self.lengths.0..=self.lengths.1).contains(&length) && self.regex.is_match(text)
    }

    /// A legal text near this one.
    #[must_use]
    pub fn near(&self, text: &str) -> Option<String> {
        if !self.slug {
            return None;
        }
        let legal = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
        let slug: String = text.chars().map(legal).collect();
        let slug = slug.trim_matches('-').to_owned();
        (slug.len() > 1 && self.matches(&slug)).then_some(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_accept_and_refuse_as_the_schema_does() {
        let cases: [(&Pattern, &[&str], &[&str]); 8] = [
            (&NAME, &["ab", "a-b", "0a"], &["a", "", "A1", "-ab", "ab-", "a.b", "ab\n"]),
            (&TYPE, &["S3", "my-type"], &["a.b", "x"]),
            (&ID, &["a.b", "a--b"], &["a..b", ".a", "A", "a"]),
            (&ANNOTATION, &["aa.bb/c-d_e", "ab"], &["/x", "A.b/cd", "a"]),
            (&MODE, &["0644", "755"], &["644x", "0o644", "1777", "888"]),
            (&MEMORY, &["1", "0.5Gi", "128Mi", "1.5G"], &["0", "128MB", "-1", "Mi"]),
            (&CPU, &["1", "0.5", "250m", "0"], &["m", "1.5m", ".5", ""]),
            (&NONEMPTY, &["a", "\n"], &[""]),
        ];
        for (pattern, good, bad) in cases {
            for text in good {
                assert!(pattern.matches(text), "{text}");
            }
            for text in bad {
                assert!(!pattern.matches(text), "{text}");
            }
        }
    }

    #[test]
    fn a_near_text_is_legal() {
        assert_eq!(NAME.near("My App"), Some("my-app".to_owned()));
        assert_eq!(NAME.near("x"), None);
    }
}
