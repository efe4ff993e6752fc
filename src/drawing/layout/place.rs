//! The height at which every item stands.
//!
//! Again and again, each column is moved towards what its items are joined to, as near as the order and the
//! sizes allow. That is a problem of least squares with an order, which pooling neighbours solves exactly.

use super::order::Joined;
use super::{Grid, PASSAGE};

const ROUNDS: usize = 40;
/// The least space between two boxes.
const BETWEEN: f64 = 20.0;

/// The height of each item's middle.
pub(super) fn centres(grid: &Grid, order: &[Vec<usize>]) -> Vec<f64> {
    let joined = Joined::new(grid);
    let mut centres = vec![0.0; grid.items.len()];
    for column in order {
        let wanted: Vec<(f64, f64)> = column.iter().map(|_| (0.0, 1.0)).collect();
        settle(grid, column, &wanted, &mut centres);
    }
    for round in 0..ROUNDS {
        let forwards = round % 2 == 0;
        // The last rounds listen to both sides, so that neither end is left crooked.
        let both = round + 8 >= ROUNDS;
        let columns: Vec<usize> = if forwards { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        for column in columns {
            let wanted: Vec<(f64, f64)> = order[column]
                .iter()
                .map(|item| {
                    let before = joined.before[*item].iter().filter(|_| forwards || both);
                    let after = joined.after[*item].iter().filter(|_| !forwards || both);
                    wanted(grid, *item, before.chain(after), &centres)
                })
                .collect();
            settle(grid, &order[column], &wanted, &mut centres);
        }
    }
    centres
}

/// The height that an item would like, and how much it would. Long links would like to be straight.
fn wanted<'a>(grid: &Grid, item: usize, joined: impl Iterator<Item = &'a usize>, centres: &[f64]) -> (f64, f64) {
    let (mut sum, mut weight) = (0.0, 0.0);
    for other in joined {
        let pull = match (grid.is_box(item), grid.is_box(*other)) {
            (true, true) => 1.0,
            (false, false) => 8.0,
            _ => 2.0,
        };
        sum += pull * centres[*other];
        weight += pull;
    }
    if weight > 0.0 { (sum / weight, weight) } else { (centres[item], 0.1) }
}

/// Gives the items of a column heights as near to the wanted ones as their order and sizes allow.
fn settle(grid: &Grid, column: &[usize], wanted: &[(f64, f64)], centres: &mut [f64]) {
    // With every item's least distance from the first taken off, the heights need only not fall.
    let mut offsets = Vec::with_capacity(column.len());
    let mut offset = 0.0;
    for (index, item) in column.iter().enumerate() {
        if let Some(above) = index.checked_sub(1) {
            offset += distance(grid, column[above], *item);
        }
        offsets.push(offset);
    }
    // Pools of (mean, weight, number of items): a pool that would stand above the one before it joins it.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((height, weight), offset) in wanted.iter().zip(&offsets) {
        let mut pool = (height - offset, *weight, 1);
        while let Some(above) = pools.pop_if(|it| it.0 >= pool.0) {
            let weight = above.1 + pool.1;
            pool = ((above.0 * above.1 + pool.0 * pool.1) / weight, weight, above.2 + pool.2);
        }
        pools.push(pool);
    }
    let heights = pools.into_iter().flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count));
    for ((item, height), offset) in column.iter().zip(heights).zip(offsets) {
        centres[*item] = height + offset;
    }
}

/// The least distance between the middles of two neighbours in a column.
fn distance(grid: &Grid, above: usize, below: usize) -> f64 {
    let space = if grid.is_box(above) && grid.is_box(below) { BETWEEN } else { PASSAGE };
    (grid.items[above].size.height + grid.items[below].size.height) / 2.0 + space
}

#[cfg(test)]
mod tests {
    use super::super::{Size, layout};

    /// A pseudo-random graph of `count` boxes in which each needs a few later ones.
    fn graph(count: usize, seed: usize) -> (Vec<Size>, Vec<(usize, usize)>) {
        let mut state = seed;
        let mut next = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit.max(1)
        };
        let size = |width: usize, height: usize| Size { width: 80.0 + width as f64, height: 40.0 + height as f64 };
        let sizes = (0..count).map(|_| size(next(100), next(60))).collect();
        let mut links = Vec::new();
        for from in 0..count.saturating_sub(1) {
            for _ in 0..next(4) {
                links.push((from, from + 1 + next((count - from - 1).min(25))));
            }
        }
        (sizes, links)
    }

    #[test]
    fn no_two_boxes_overlap_and_lines_point_right() {
        for (count, seed) in [(0, 1), (1, 1), (2, 5), (12, 2), (40, 3), (150, 4), (300, 5)] {
            let (sizes, links) = graph(count, seed);
            let layout = layout(&sizes, &links, &vec![30.0; links.len()]);
            for (index, a) in layout.boxes.iter().enumerate() {
                assert!(a.x >= 0.0 && a.x + a.width <= layout.size.width, "{count}: {a:?}");
                assert!(a.y >= 0.0 && a.y + a.height <= layout.size.height, "{count}: {a:?}");
                for b in &layout.boxes[index + 1..] {
                    let apart_x = a.x + a.width < b.x || b.x + b.width < a.x;
                    let apart_y = a.y + a.height < b.y || b.y + b.height < a.y;
                    assert!(apart_x || apart_y, "{count}: {a:?} and {b:?}");
                }
            }
            for route in &layout.routes {
                assert!(route.start.0 < route.end.0, "{count}: {route:?}");
                for (left, right, y) in &route.passages {
                    let hit = |it: &&super::super::Rect| {
                        it.x < *right && *left < it.x + it.width && it.y < *y && *y < it.y + it.height
                    };
                    assert!(layout.boxes.iter().find(hit).is_none(), "{count}: {route:?} goes through a box");
                }
            }
        }
    }

    #[test]
    fn a_cycle_does_no_harm() {
        let sizes = [Size { width: 10.0, height: 10.0 }; 3];
        let layout = layout(&sizes, &[(0, 1), (1, 2), (2, 0), (1, 1)], &[0.0; 4]);
        assert_eq!((layout.boxes.len(), layout.routes.len()), (3, 4));
    }
}
