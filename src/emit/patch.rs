//! Patches: what platforms change in the items of slots, after everyone has contributed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Used;
use crate::definition::{Change, ChangeKind, Patch, Path, PathStep};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::resolve::Input;
use crate::source::Span;
use crate::template::{Context, Environment};
use crate::value::{Data, Map, Value};

/// Applies every patch that is for this environment, the farthest layer first.
pub(super) fn apply(
    input: Input<'_>,
    slots: &mut BTreeMap<Arc<str>, Value>,
    scope: &Scope<'_>,
    watch: &dyn Fn(Used<'_>),
    diags: &mut Diags,
) -> Option<()> {
    let mut complete = Some(());
    for (patch, identity) in ordered(input) {
        let surroundings = super::contribute::Surroundings { input, pack: patch.pack };
        let mut run = Run { patch, identity: &identity, surroundings: &surroundings, scope, matched: 0 };
        complete = run.apply(slots, diags).and(complete);
        if run.matched > 0 {
            watch(Used::Patch(&patch.name.value));
        } else if !patch.is_optional {
            let message = format!("patch `{}` matches nothing", patch.name.value);
            let at = patch.on.first().map_or(patch.at, |it| it.at);
            diags.push(Diag::warning(Code::PatchUnused, at, message).help(
                "correct its `on`, limit the patch with `match env=\"…\"`, or write `optional=#true` behind its name",
            ));
        }
    }
    complete
}

fn ordered(input: Input<'_>) -> Vec<(&Patch, Identity)> {
    let mut list: Vec<&Patch> =
        input.definitions.patches.iter().filter(|it| super::waivers::applies(input, &it.matches)).collect();
    list.sort_by_key(|it| std::cmp::Reverse(it.layer));
    list.into_iter().map(|it| (it, input.identity(&format!("patch {}", it.name.value)))).collect()
}

/// One patch at work.
struct Run<'a> {
    patch: &'a Patch,
    identity: &'a Identity,
    surroundings: &'a dyn Environment,
    scope: &'a Scope<'a>,
    matched: usize,
}

impl Run<'_> {
    fn apply(&mut self, slots: &mut BTreeMap<Arc<str>, Value>, diags: &mut Diags) -> Option<()> {
        let mut complete = Some(());
        for selector in &self.patch.on {
            let Some(slot) = slots.get_mut(&selector.slot.value) else { continue };
            let at = slot.at;
            let changed = match &slot.data {
                Data::Map(map) => {
                    let mut changed = Map::new();
                    for (key, item) in map.iter() {
                        let name = Value::text(key.clone(), item.at);
                        let new = self.item(name, item, selector.when.as_ref(), diags);
                        complete = new.as_ref().map(|_| ()).and(complete);
                        changed.insert(key.clone(), new.unwrap_or_else(|| item.clone()));
                    }
                    Value::map(changed, at)
                }
                Data::List(items) => {
                    let mut changed = Vec::with_capacity(items.len());
                    for item in items.iter() {
                        let new = self.item(Value::null(item.at), item, selector.when.as_ref(), diags);
                        complete = new.as_ref().map(|_| ()).and(complete);
                        changed.push(new.unwrap_or_else(|| item.clone()));
                    }
                    Value::list(changed, at)
                }
                _ => continue,
            };
            *slot = changed;
        }
        complete
    }

    /// The item, patched if it is chosen. `None` after a problem.
    fn item(
        &mut self,
        name: Value,
        item: &Value,
        when: Option<&crate::expr::Expr>,
        diags: &mut Diags,
    ) -> Option<Value> {
        let mut scope = self.scope.child();
        scope.set("name", name);
        scope.set("item", item.clone());
        if let Some(when) = when {
            let chosen = diags.take(when.eval(&scope, self.identity))?;
            if chosen.as_bool() != Some(true) {
                return Some(item.clone());
            }
        }
        self.matched += 1;
        let mut item = item.clone();
        for change in &self.patch.changes {
            scope.set("item", item.clone());
            item = self.change(change, item, &scope, diags)?;
        }
        Some(item)
    }

    fn change(&self, change: &Change, item: Value, scope: &Scope<'_>, diags: &mut Diags) -> Option<Value> {
        let context = Context::new(self.identity, self.surroundings, self.scope);
        match &change.kind {
            ChangeKind::Merge(template) => {
                let value = template.eval(scope, &context, diags).ok()?;
                Some(merge(&item, &value))
            }
            ChangeKind::Set(path, template) => {
                let value = template.eval(scope, &context, diags).ok()?;
                self.edit(&item, path, &mut |_| Ok(Some(value.clone())), diags)
            }
            ChangeKind::Append(path, template) => {
                let value = template.eval(scope, &context, diags).ok()?;
                self.edit(&item, path, &mut |before| append(before, &value, path.at), diags)
            }
            ChangeKind::Remove(paths) => {
                paths.iter().try_fold(item, |item, path| self.edit(&item, path, &mut |_| Ok(None), diags))
            }
        }
    }

    fn edit(&self, item: &Value, path: &Path, edit: Edit<'_>, diags: &mut Diags) -> Option<Value> {
        let edited = at(item, &path.steps, path.at, edit);
        let edited = edited.map_err(|diag| diag.label(item.at, "in what was written here"));
        diags.take(edited).map(|it| it.unwrap_or_else(|| Value::null(item.at)))
    }
}

/// What becomes of the value at the end of a path: `None` goes in where there is none, and comes out where none
/// shall be.
type Edit<'e> = &'e mut dyn FnMut(Option<&Value>) -> Result<Option<Value>, Diag>;

/// Follows a path and edits what it leads to. Missing maps are made on the way, unless nothing is put there.
fn at(value: &Value, steps: &[PathStep], place: Span, edit: Edit<'_>) -> Result<Option<Value>, Diag> {
    let Some((step, rest)) = steps.split_first() else { return edit(Some(value)) };
    match (&value.data, step) {
        (Data::Map(map), PathStep::Every) => {
            let mut changed = Map::new();
            for (key, it) in map.iter() {
                if let Some(new) = at(it, rest, place, edit)? {
                    changed.insert(key.clone(), new);
                }
            }
            Ok(Some(Value::map(changed, value.at)))
        }
        (Data::List(items), PathStep::Every) => {
            let changed: Result<Vec<Option<Value>>, Diag> = items.iter().map(|it| at(it, rest, place, edit)).collect();
            Ok(Some(Value::list(changed?.into_iter().flatten().collect(), value.at)))
        }
        (Data::Map(map), PathStep::Key(key)) => {
            let new = match map.get(key) {
                Some(found) => at(found, rest, place, edit)?,
                None => missing(rest, place, edit)?,
            };
            let mut changed = (**map).clone();
            match new {
                Some(new) => drop(changed.insert(key.clone(), new)),
                None => drop(changed.shift_remove(key)),
            }
            Ok(Some(Value::map(changed, value.at)))
        }
        (Data::List(items), PathStep::Key(key)) => {
            let index = key.parse().ok().filter(|it| *it < items.len());
            let Some(index) = index else {
                let message = format!("the list has no item `{key}`: it has {}", items.len());
                return Err(
                    Diag::error(Code::PatchFailed, place, message).help("write an index from 0, or `*` for all")
                );
            };
            let mut changed = (**items).clone();
            match at(&items[index], rest, place, edit)? {
                Some(new) => changed[index] = new,
                None => drop(changed.remove(index)),
            }
            Ok(Some(Value::list(changed, value.at)))
        }
        _ => Err(Diag::error(Code::PatchFailed, place, format!("the path goes through {}", value.kind()))
            .help("end the path before it")),
    }
}

/// A value at the end of a path whose beginning is not there. `*` finds nothing there.
fn missing(steps: &[PathStep], place: Span, edit: Edit<'_>) -> Result<Option<Value>, Diag> {
    match steps.split_first() {
        None => edit(None),
        Some((PathStep::Every, _)) => Ok(None),
        Some((PathStep::Key(key), rest)) => {
            let inner = missing(rest, place, edit)?;
            Ok(inner.map(|it| Value::map(Map::from_iter([(key.clone(), it)]), place)))
        }
    }
}

fn append(before: Option<&Value>, value: &Value, place: Span) -> Result<Option<Value>, Diag> {
    match before.map(|it| (&it.data, it.at)) {
        None | Some((Data::Null, _)) => Ok(Some(Value::list(vec![value.clone()], place))),
        Some((Data::List(items), at)) => {
            let mut items = (**items).clone();
            items.push(value.clone());
            Ok(Some(Value::list(items, at)))
        }
        Some(_) => {
            let kind = before.map_or("nothing", Value::kind);
            Err(Diag::error(Code::PatchFailed, place, format!("cannot append to {kind}")).help("append to a list"))
        }
    }
}

/// Maps merge deeply; anything else is replaced.
fn merge(before: &Value, value: &Value) -> Value {
    match (&before.data, &value.data) {
        (Data::Map(one), Data::Map(two)) => {
            let mut merged = (**one).clone();
            for (key, it) in two.iter() {
                let new = merged.get(key).map_or_else(|| it.clone(), |before| merge(before, it));
                merged.insert(key.clone(), new);
            }
            Value::map(merged, before.at)
        }
        _ => value.clone(),
    }
}
