//! The order within each column, so that few lines cross.
//!
//! Each column is sorted by the mean position of what its items are joined to in the column before, then after,
//! again and again; the best order seen is kept. The method is a rule of thumb: the exact problem is NP-hard.

use super::Grid;

/// More sweeps than this have not been seen to help.
const SWEEPS: usize = 24;

/// The items of each column, from the top.
pub(super) fn order(grid: &Grid) -> Vec<Vec<usize>> {
    let joined = Joined::new(grid);
    let mut order = first_order(grid, &joined);
    let mut best = (crossings(grid, &order, &joined), order.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let forwards = sweep % 2 == 0;
        let columns: Vec<usize> =
            if forwards { (1..grid.columns).collect() } else { (0..grid.columns).rev().skip(1).collect() };
        for column in columns {
            let (fixed, joined) = if forwards { (column - 1, &joined.before) } else { (column + 1, &joined.after) };
            let positions = positions(&order[fixed], grid.items.len());
            sort(&mut order[column], joined, &positions);
        }
        let crossings = crossings(grid, &order, &joined);
        if crossings < best.0 {
            best = (crossings, order.clone());
        }
    }
    best.1
}

/// By item, what it is joined to in the column before and in the column after.
pub(super) struct Joined {
    pub before: Vec<Vec<usize>>,
    pub after: Vec<Vec<usize>>,
}

impl Joined {
    pub fn new(grid: &Grid) -> Self {
        let mut joined =
            Joined { before: vec![Vec::new(); grid.items.len()], after: vec![Vec::new(); grid.items.len()] };
        for (from, to) in &grid.links {
            joined.after[*from].push(*to);
            joined.before[*to].push(*from);
        }
        joined
    }
}

/// As they are met from the top of the first column downwards, depth first: what belongs together is together.
fn first_order(grid: &Grid, joined: &Joined) -> Vec<Vec<usize>> {
    let mut order = vec![Vec::new(); grid.columns];
    let mut met = vec![false; grid.items.len()];
    let mut starts: Vec<usize> = (0..grid.items.len()).collect();
    starts.sort_by_key(|it| grid.items[*it].column);
    for start in starts {
        let mut pending = vec![start];
        while let Some(item) = pending.pop() {
            if !std::mem::replace(&mut met[item], true) {
                order[grid.items[item].column].push(item);
                pending.extend(joined.after[item].iter().rev());
            }
        }
    }
    order
}

fn positions(column: &[usize], items: usize) -> Vec<usize> {
    let mut positions = vec![0; items];
    for (position, item) in column.iter().enumerate() {
        positions[*item] = position;
    }
    positions
}

/// Items that are joined to nothing keep their place; the others are sorted among themselves.
fn sort(column: &mut [usize], joined: &[Vec<usize>], positions: &[usize]) {
    let mean = |item: usize| {
        let sum: usize = joined[item].iter().map(|it| positions[*it]).sum();
        sum as f64 / joined[item].len() as f64
    };
    let places: Vec<usize> = (0..column.len()).filter(|it| !joined[column[*it]].is_empty()).collect();
    let mut items: Vec<usize> = places.iter().map(|it| column[*it]).collect();
    items.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    for (place, item) in places.into_iter().zip(items) {
        column[place] = item;
    }
}

fn crossings(grid: &Grid, order: &[Vec<usize>], joined: &Joined) -> usize {
    let mut count = 0;
    for pair in order.windows(2) {
        let [left, right] = pair else { continue };
        let positions = positions(right, grid.items.len());
        let mut ends: Vec<usize> = Vec::new();
        for item in left {
            let mut own: Vec<usize> = joined.after[*item].iter().map(|it| positions[*it]).collect();
            // Lines from one box do not cross each other, so they are compared with earlier boxes only.
            count += own.iter().map(|end| ends.iter().filter(|it| *it > end).count()).sum::<usize>();
            ends.append(&mut own);
        }
    }
    count
}
