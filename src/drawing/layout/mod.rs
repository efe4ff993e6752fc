//! Where boxes and lines of a drawing go: columns from left to right, what is needed to the right of what
//! needs it.
//!
//! In: the sizes of boxes, and links. Out: a [`Layout`]. The method is that of Sugiyama: give every box a
//! column, let long links pass through the columns between as narrow empty boxes, order each column so that
//! few lines cross, then move boxes towards what they are joined to. Knows nothing of text or colours.

mod columns;
mod order;
mod place;

/// All measures are in the units of the drawing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Size {
    pub width: f64,
    pub height: f64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A line from the right side of a box to the left side of another.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Route {
    pub start: (f64, f64),
    /// Where the line passes a column: the left and right end of the passage, and its height.
    pub passages: Vec<(f64, f64, f64)>,
    pub end: (f64, f64),
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Layout {
    pub size: Size,
    /// One for each box, in the order given.
    pub boxes: Vec<Rect>,
    /// One for each link, in the order given.
    pub routes: Vec<Route>,
}

/// The space around everything.
const MARGIN: f64 = 24.0;
/// The height that is kept free for a line where it passes a column.
const PASSAGE: f64 = 10.0;
/// The least space between two columns, without that for labels.
const GAP: f64 = 56.0;
/// The space between columns for each unit that a line goes up or down, and the most that is given for that.
const STEEP: f64 = 0.2;
const WIDEST_GAP: f64 = 180.0;
/// The most space between the ends of two lines at one side of a box.
const PORT: f64 = 14.0;

/// What stands in a column: a box, or the passage of a link.
struct Item {
    column: usize,
    size: Size,
}

/// The graph with passages: every link joins items of neighbouring columns.
struct Grid {
    /// Boxes in the order given, then passages.
    items: Vec<Item>,
    links: Vec<(usize, usize)>,
    columns: usize,
    boxes: usize,
}

impl Grid {
    fn is_box(&self, item: usize) -> bool {
        item < self.boxes
    }
}

/// `labels` gives the width of each link's label; the space between two columns is wide enough for those in it.
pub(super) fn layout(sizes: &[Size], links: &[(usize, usize)], labels: &[f64]) -> Layout {
    let (grid, chains) = columns::grid(sizes, links);
    let order = order::order(&grid);
    let centres = place::centres(&grid, &order);
    let top = (0..grid.items.len()).map(|it| centres[it] - grid.items[it].size.height / 2.0);
    let shift = MARGIN - top.fold(f64::INFINITY, f64::min).min(1e9);
    let (lefts, widths) = column_places(&grid, &chains, labels, &centres);
    let boxes: Vec<Rect> = (0..grid.boxes)
        .map(|it| {
            let Item { column, size } = &grid.items[it];
            let y = centres[it] + shift - size.height / 2.0;
            Rect { x: lefts[*column], y, width: size.width, height: size.height }
        })
        .collect();
    let ports = Ports::new(&grid, &chains, &centres);
    let passage = |item: usize| {
        let column = grid.items[item].column;
        (lefts[column], lefts[column] + widths[column], centres[item] + shift)
    };
    let route = |(index, chain): (usize, &Vec<usize>)| {
        let (from, to) = links[index];
        let (start, end) = (boxes[from], boxes[to]);
        Route {
            start: (start.x + start.width, start.y + start.height / 2.0 + ports.start[index]),
            passages: chain.iter().copied().filter(|it| !grid.is_box(*it)).map(passage).collect(),
            end: (end.x, end.y + end.height / 2.0 + ports.end[index]),
        }
    };
    let routes = chains.iter().enumerate().map(route).collect();
    let width = lefts.last().zip(widths.last()).map_or(0.0, |(left, width)| left + width) + MARGIN;
    let bottom = (0..grid.items.len()).map(|it| centres[it] + shift + grid.items[it].size.height / 2.0);
    let height = bottom.fold(MARGIN, f64::max) + MARGIN;
    Layout { size: Size { width: width.max(2.0 * MARGIN), height }, boxes, routes }
}

/// The left side and the width of each column. A label stands behind the box that its link begins at, and a
/// line that has far to go up or down needs more space for that.
fn column_places(grid: &Grid, chains: &[Vec<usize>], labels: &[f64], centres: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut widths = vec![0.0_f64; grid.columns];
    let mut gaps = vec![GAP; grid.columns];
    for item in &grid.items {
        widths[item.column] = widths[item.column].max(item.size.width);
    }
    for (chain, label) in chains.iter().zip(labels) {
        if let Some(first) = chain.first() {
            let column = grid.items[*first].column;
            gaps[column] = gaps[column].max(GAP + label * 1.35);
        }
    }
    for (from, to) in &grid.links {
        let gap = &mut gaps[grid.items[*from].column];
        *gap = gap.max(((centres[*to] - centres[*from]).abs() * STEEP).min(WIDEST_GAP));
    }
    let mut left = MARGIN;
    let mut lefts = Vec::new();
    for (width, gap) in widths.iter().zip(&gaps) {
        lefts.push(left);
        left += width + gap;
    }
    (lefts, widths)
}

/// How far from the middle of a box's side each link begins and ends.
struct Ports {
    start: Vec<f64>,
    end: Vec<f64>,
}

impl Ports {
    fn new(grid: &Grid, chains: &[Vec<usize>], centres: &[f64]) -> Self {
        let mut ports = Ports { start: vec![0.0; chains.len()], end: vec![0.0; chains.len()] };
        for item in 0..grid.boxes {
            let height = grid.items[item].size.height;
            let starting: Vec<(usize, usize)> = chains
                .iter()
                .enumerate()
                .filter(|(_, chain)| chain.first() == Some(&item))
                .filter_map(|(index, chain)| Some((index, *chain.get(1)?)))
                .collect();
            spread(starting, height, centres, &mut ports.start);
            let ending: Vec<(usize, usize)> = chains
                .iter()
                .enumerate()
                .filter(|(_, chain)| chain.last() == Some(&item))
                .filter_map(|(index, chain)| Some((index, *chain.get(chain.len().checked_sub(2)?)?)))
                .collect();
            spread(ending, height, centres, &mut ports.end);
        }
        ports
    }
}

/// Sorted by the height of the item at the other end, so that lines do not cross at the box itself.
fn spread(mut links: Vec<(usize, usize)>, height: f64, centres: &[f64], ports: &mut [f64]) {
    links.sort_by(|(_, a), (_, b)| centres[*a].total_cmp(&centres[*b]));
    let last = links.len().saturating_sub(1) as f64;
    let step = if last > 0.0 { PORT.min((height - 16.0).max(0.0) / last) } else { 0.0 };
    for (position, (link, _)) in links.into_iter().enumerate() {
        ports[link] = (position as f64 - last / 2.0) * step;
    }
}
