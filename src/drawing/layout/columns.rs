//! A column for every box, and passages for the links that are longer than one column.

use super::{Grid, Item, PASSAGE, Size};

/// The grid, and for each link the items that it goes through, both ends included.
pub(super) fn grid(sizes: &[Size], links: &[(usize, usize)]) -> (Grid, Vec<Vec<usize>>) {
    let columns = columns(sizes.len(), links);
    let mut items: Vec<Item> =
        sizes.iter().zip(&columns).map(|(size, column)| Item { column: *column, size: *size }).collect();
    let mut short = Vec::new();
    let mut chains = Vec::new();
    for (from, to) in links {
        let mut chain = vec![*from];
        // Empty for a link within a column or backwards, which only a cycle can make: it is drawn straight.
        for column in columns[*from] + 1..columns[*to].max(columns[*from] + 1) {
            chain.push(items.len());
            items.push(Item { column, size: Size { width: 0.0, height: PASSAGE } });
        }
        chain.push(*to);
        short.extend(chain.windows(2).filter_map(|pair| match pair {
            [a, b] if items[*a].column + 1 == items[*b].column => Some((*a, *b)),
            _ => None,
        }));
        chains.push(chain);
    }
    let count = items.iter().map(|it| it.column + 1).max().unwrap_or(0);
    (Grid { items, links: short, columns: count, boxes: sizes.len() }, chains)
}

/// The column of a box is the length of the longest way to it. What nobody needs, but which needs something,
/// stands just before that.
fn columns(count: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0_usize; count];
    let mut open = vec![0_usize; count];
    for (_, to) in links {
        open[*to] += 1;
    }
    let roots: Vec<usize> = (0..count).filter(|it| open[*it] == 0).collect();
    let mut ready = roots.clone();
    while let Some(node) = ready.pop() {
        for (_, to) in links.iter().filter(|(from, _)| *from == node) {
            columns[*to] = columns[*to].max(columns[node] + 1);
            open[*to] -= 1;
            if open[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    for root in roots {
        let nearest = links.iter().filter(|(from, _)| *from == root).map(|(_, to)| columns[*to]).min();
        columns[root] = nearest.map_or(0, |it| it.saturating_sub(1));
    }
    columns
}
