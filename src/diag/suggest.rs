//! The one "did you mean".
//!
//! In: a word that is not known and the words that are. Out: the nearest one, or nothing rather than a silly
//! one. Deterministic: ties go to the first in alphabetical order.

/// The known word nearest to `wanted`, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|it| (strsim::osa_distance(&wanted, &it.to_lowercase()), it))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, it)| it)
}

/// The help text for an unknown word: the nearest known one, else the whole list when it is short.
#[must_use]
pub fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if let Some(near) = nearest(wanted, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.len() {
        0 => None,
        1..=20 => Some(format!("known here: {}", super::or_list(&known))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("dsn", ["dns", "route"]), Some("dns"));
        assert_eq!(nearest("postgress", ["postgres", "redis"]), Some("postgres"));
        assert_eq!(nearest("kafka", ["redis", "route"]), None);
        assert_eq!(nearest("Image", ["image"]), Some("image"));
    }
}
