//! Fragments: their names, and that none of them comes to insert itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Code, Diag, Diags};
use crate::expr::{Names, Shape};
use crate::source::Spanned;
use crate::template::{CheckContext, Fragment};

/// Checks the fragments of a pack or a target. `names` are those that every fragment sees.
pub(super) fn check<'a>(
    fragments: impl Iterator<Item = &'a Fragment>,
    names: &Names<'_>,
    context: &CheckContext,
    diags: &mut Diags,
) {
    let fragments: BTreeMap<&Arc<str>, &Fragment> = fragments.map(|it| (&it.name.value, it)).collect();
    for fragment in fragments.values() {
        let mut inner = names.child();
        fragment.params.iter().for_each(|it| inner.set(it.value.clone(), Shape::Any));
        fragment.body.check(&inner, context, diags);
    }
    check_circles(&fragments, diags);
}

fn check_circles(fragments: &BTreeMap<&Arc<str>, &Fragment>, diags: &mut Diags) {
    let inserts: BTreeMap<&Arc<str>, Vec<Spanned<Arc<str>>>> =
        fragments.iter().map(|(name, it)| (*name, it.body.inserts())).collect();
    // A circle is reported for the first of its members only.
    let mut reported: BTreeSet<&Arc<str>> = BTreeSet::new();
    for name in fragments.keys().copied() {
        if reported.contains(name) {
            continue;
        }
        let mut reached: BTreeSet<&Arc<str>> = BTreeSet::new();
        let mut open: Vec<&Arc<str>> = vec![name];
        while let Some(next) = open.pop() {
            for insert in inserts.get(next).into_iter().flatten() {
                if insert.value == *name {
                    diags.push(
                        Diag::error(Code::DependencyCycle, insert.at, format!("fragment `{name}` inserts itself"))
                            .here(format!("`{next}` inserts `{name}`"))
                            .help("remove this `insert`"),
                    );
                }
                if let Some((known, _)) = inserts.get_key_value(&insert.value)
                    && reached.insert(known)
                {
                    open.push(known);
                }
            }
        }
        if reached.contains(name) {
            reported.extend(reached);
        }
    }
}
