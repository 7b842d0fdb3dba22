//! Layered layouts of directed acyclic graphs.
//!
//! The classic recipe of Sugiyama, Tagawa and Toda (1981): layers by longest path, an order within
//! layers by medians of neighbours (Eades and Wormald, 1994), then coordinates, each layer as near
//! to its neighbours as the order allows, in the sense of least squares. A link over several layers
//! has a point in each, so that it runs beside the items there and not behind them.
//!
//! INVARIANT: the same graph gives the same layout.

/// Something to place: how far it reaches from its centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// To the left.
    pub(super) left: f64,
    /// To the right.
    pub(super) right: f64,
}

/// Something below something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The upper item.
    pub(super) from: usize,
    /// The lower one.
    pub(super) to: usize,
    /// How much it wants to be straight.
    pub(super) weight: f64,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The centre of each item, from the left edge of the whole.
    pub(super) x: Vec<f64>,
    /// The layer of each item, from the top.
    pub(super) layer: Vec<usize>,
    /// How many layers there are.
    pub(super) layer_count: usize,
    /// Of each link where it passes the layers between its ends.
    pub(super) routes: Vec<Vec<f64>>,
    /// How wide the whole is.
    pub(super) width: f64,
}

/// Space between neighbours of a layer.
const GAP: f64 = 18.0;
/// How far a passing link reaches from its centre.
const PASSING: Item = Item {
    left: 5.0,
    right: 5.0,
};
/// LIMIT: sweeps that order the layers, that place them.
const ORDER_SWEEPS: usize = 12;
const PLACE_SWEEPS: usize = 16;

/// Lay a graph out. The links must not go round in a circle; those that leave an item first lie
/// further left where nothing speaks against it.
pub(super) fn layout(items: &[Item], links: &[Link]) -> Layout {
    let layer = layers(items.len(), links);
    let mut graph = Graph::new(items, links, &layer);
    graph.order();
    graph.place();
    graph.finish(items.len(), layer)
}

/// The layer of each item: below all that link to it.
fn layers(count: usize, links: &[Link]) -> Vec<usize> {
    let mut above = vec![0usize; count];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    for link in links {
        if let (Some(above), Some(below)) = (above.get_mut(link.to), below.get_mut(link.from)) {
            *above += 1;
            below.push(link.to);
        }
    }
    let mut depth = vec![0usize; count];
    let free = |(item, above): (usize, &usize)| (*above == 0).then_some(item);
    let mut open: Vec<usize> = above.iter().enumerate().filter_map(free).collect();
    while let Some(item) = open.pop() {
        let next = depth.get(item).map_or(0, |depth| depth + 1);
        for to in below.get(item).into_iter().flatten().copied() {
            if let (Some(depth), Some(above)) = (depth.get_mut(to), above.get_mut(to)) {
                *depth = next.max(*depth);
                *above -= 1;
                if *above == 0 {
                    open.push(to);
                }
            }
        }
    }
    depth
}

/// The items, and a point for each layer that a link passes.
struct Graph {
    points: Vec<Point>,
    /// Points by layer, left to right.
    layers: Vec<Vec<usize>>,
    /// The points of each link between its ends.
    passing: Vec<Vec<usize>>,
}

struct Point {
    reach: Item,
    x: f64,
    /// The place in its layer.
    place: usize,
    above: Vec<(usize, f64)>,
    below: Vec<(usize, f64)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Above,
    Below,
    Both,
}

impl Graph {
    fn new(items: &[Item], links: &[Link], layer: &[usize]) -> Graph {
        let layer_count = layer.iter().max().map_or(0, |deepest| deepest + 1);
        let mut graph = Graph {
            points: Vec::new(),
            layers: vec![Vec::new(); layer_count],
            passing: Vec::new(),
        };
        for item in items {
            graph.point(*item);
        }
        let mut layer_of = layer.to_vec();
        for link in links {
            let of = |item: usize| layer.get(item).copied().unwrap_or(0);
            let mut passing = Vec::new();
            let mut from = link.from;
            for between in of(link.from) + 1..of(link.to) {
                let point = graph.point(PASSING);
                layer_of.push(between);
                // What is long wants to be straight more than what is short.
                graph.join(from, point, 2.0 * link.weight);
                passing.push(point);
                from = point;
            }
            graph.join(from, link.to, link.weight);
            graph.passing.push(passing);
        }
        graph.first_order(&layer_of);
        graph
    }

    fn point(&mut self, reach: Item) -> usize {
        self.points.push(Point {
            reach,
            x: 0.0,
            place: 0,
            above: Vec::new(),
            below: Vec::new(),
        });
        self.points.len() - 1
    }

    fn join(&mut self, from: usize, to: usize, weight: f64) {
        if let Some(point) = self.points.get_mut(from) {
            point.below.push((to, weight));
        }
        if let Some(point) = self.points.get_mut(to) {
            point.above.push((from, weight));
        }
    }

    /// The order in which a walk in depth comes by, which keeps rows of questions together.
    fn first_order(&mut self, layer_of: &[usize]) {
        let mut is_seen = vec![false; self.points.len()];
        let starts = 0..self.points.len();
        let is_start = |at: &usize| self.points.get(*at).is_some_and(|p| p.above.is_empty());
        let mut open: Vec<usize> = starts.rev().filter(is_start).collect();
        while let Some(at) = open.pop() {
            match is_seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let layer = layer_of
                .get(at)
                .and_then(|layer| self.layers.get_mut(*layer));
            if let Some(layer) = layer {
                layer.push(at);
            }
            let below = self.points.get(at).map_or(&[][..], |point| &point.below);
            open.extend(below.iter().rev().map(|(to, _)| *to));
        }
        self.number();
    }

    fn number(&mut self) {
        for layer in &self.layers {
            for (place, at) in layer.iter().enumerate() {
                if let Some(point) = self.points.get_mut(*at) {
                    point.place = place;
                }
            }
        }
    }

    /// Sweep down and up, and keep the order with the fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..ORDER_SWEEPS {
            let count = self.layers.len();
            for step in 0..count {
                let (layer, side) = if sweep % 2 == 0 {
                    (step, Side::Above)
                } else {
                    (count - 1 - step, Side::Below)
                };
                self.sort(layer, side);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
        self.number();
    }

    fn sort(&mut self, layer: usize, side: Side) {
        let Some(order) = self.layers.get(layer) else {
            return;
        };
        let mut keyed: Vec<(f64, usize)> = order
            .iter()
            .map(|at| (self.median(*at, side), *at))
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sorted: Vec<usize> = keyed.into_iter().map(|(_, at)| at).collect();
        for (place, at) in sorted.iter().enumerate() {
            if let Some(point) = self.points.get_mut(*at) {
                point.place = place;
            }
        }
        if let Some(order) = self.layers.get_mut(layer) {
            *order = sorted;
        }
    }

    /// The median of the neighbours' places; of two in the middle their mean.
    fn median(&self, at: usize, side: Side) -> f64 {
        let Some(point) = self.points.get(at) else {
            return 0.0;
        };
        let mut places: Vec<usize> = point
            .neighbours(side)
            .filter_map(|(other, _)| Some(self.points.get(*other)?.place))
            .collect();
        places.sort_unstable();
        let middle = |at: usize| places.get(at).map(|place| float(*place));
        let upper = middle(places.len() / 2);
        let lower = places
            .len()
            .checked_sub(1)
            .and_then(|last| middle(last / 2));
        match (lower, upper) {
            (Some(lower), Some(upper)) => f64::midpoint(lower, upper),
            _ => float(point.place),
        }
    }

    fn crossings(&self) -> usize {
        let mut count = 0;
        for layer in &self.layers {
            // Ends in the order of starts: each end further left than one before is a crossing.
            let mut ends: Vec<usize> = Vec::new();
            for point in layer.iter().filter_map(|at| self.points.get(*at)) {
                let mut own: Vec<usize> = point
                    .below
                    .iter()
                    .filter_map(|(to, _)| Some(self.points.get(*to)?.place))
                    .collect();
                own.sort_unstable();
                for end in &own {
                    count += ends.len() - ends.partition_point(|other| other <= end);
                }
                for end in own {
                    ends.insert(ends.partition_point(|other| *other <= end), end);
                }
            }
        }
        count
    }

    fn place(&mut self) {
        for layer in 0..self.layers.len() {
            self.settle(layer, Side::Above);
        }
        for sweep in 0..PLACE_SWEEPS {
            let side = match sweep {
                0..4 if sweep % 2 == 0 => Side::Below,
                0..4 => Side::Above,
                _ => Side::Both,
            };
            let count = self.layers.len();
            for step in 0..count {
                let layer = if sweep % 2 == 0 {
                    count - 1 - step
                } else {
                    step
                };
                self.settle(layer, side);
            }
        }
    }

    /// Bring the points of a layer as near to their neighbours as order and gaps allow: with the
    /// gaps taken out this is isotonic regression, by pooling those that are in each other's way.
    fn settle(&mut self, layer: usize, side: Side) {
        struct Pool {
            weight: f64,
            wanted: f64,
            count: usize,
        }
        let Some(order) = self.layers.get(layer) else {
            return;
        };
        let mut offsets = Vec::with_capacity(order.len());
        let mut pools: Vec<Pool> = Vec::new();
        let mut offset = 0.0;
        let mut before: Option<Item> = None;
        for point in order.iter().filter_map(|at| self.points.get(*at)) {
            if let Some(before) = before {
                offset += before.right + GAP + point.reach.left;
            }
            before = Some(point.reach);
            offsets.push(offset);
            let (weight, wanted) = self.wanted(point, side);
            let mut pool = Pool {
                weight,
                wanted: weight * (wanted - offset),
                count: 1,
            };
            while let Some(last) = pools.last()
                && last.wanted / last.weight > pool.wanted / pool.weight
            {
                pool.weight += last.weight;
                pool.wanted += last.wanted;
                pool.count += last.count;
                pools.pop();
            }
            pools.push(pool);
        }
        let bases = pools
            .iter()
            .flat_map(|pool| std::iter::repeat_n(pool.wanted / pool.weight, pool.count));
        for ((at, offset), base) in order.iter().zip(offsets).zip(bases) {
            if let Some(point) = self.points.get_mut(*at) {
                point.x = base + offset;
            }
        }
    }

    /// Where a point wants to be, and how much: at the mean of its neighbours.
    fn wanted(&self, point: &Point, side: Side) -> (f64, f64) {
        let (mut weight, mut sum) = (0.0, 0.0);
        for (other, own) in point.neighbours(side) {
            weight += own;
            sum += own * self.points.get(*other).map_or(0.0, |other| other.x);
        }
        if weight > 0.0 {
            (weight, sum / weight)
        } else {
            (0.1, point.x)
        }
    }

    fn finish(&self, item_count: usize, layer: Vec<usize>) -> Layout {
        let left = self.points.iter().map(|point| point.x - point.reach.left);
        let left = left.fold(f64::INFINITY, f64::min);
        let right = self.points.iter().map(|point| point.x + point.reach.right);
        let right = right.fold(f64::NEG_INFINITY, f64::max);
        let x = |at: &usize| self.points.get(*at).map_or(0.0, |point| point.x - left);
        Layout {
            x: (0..item_count).map(|at| x(&at)).collect(),
            layer,
            layer_count: self.layers.len(),
            routes: self
                .passing
                .iter()
                .map(|points| points.iter().map(x).collect())
                .collect(),
            width: (right - left).max(0.0),
        }
    }
}

impl Point {
    fn neighbours(&self, side: Side) -> impl Iterator<Item = &(usize, f64)> {
        let above = (side != Side::Below).then_some(&self.above);
        let below = (side != Side::Above).then_some(&self.below);
        above.into_iter().chain(below).flatten()
    }
}

/// A count as a number to calculate lengths with.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(count: usize, links: &[(usize, usize)]) -> Layout {
        let item = Item {
            left: 20.0,
            right: 30.0,
        };
        let link = |(from, to): &(usize, usize)| Link {
            from: *from,
            to: *to,
            weight: 1.0,
        };
        let links: Vec<Link> = links.iter().map(link).collect();
        layout(&vec![item; count], &links)
    }

    #[test]
    fn an_item_lies_below_all_that_link_to_it() {
        let found = laid_out(4, &[(0, 1), (1, 2), (0, 3), (3, 2), (0, 2)]);
        assert_eq!(found.layer, [0, 1, 2, 1]);
        assert_eq!(found.layer_count, 3);
    }

    #[test]
    fn nothing_of_a_layer_overlaps_and_long_links_run_beside_items() {
        let found = laid_out(3, &[(0, 1), (1, 2), (0, 2)]);
        let [passing] = found.routes[2][..] else {
            panic!("one layer is passed");
        };
        let item = found.x[1];
        assert!(passing + 5.0 < item - 20.0 || passing - 5.0 > item + 30.0);
        assert!(found.routes[0].is_empty());
        assert!(found.width >= 50.0 + 10.0);
    }

    #[test]
    fn what_can_be_drawn_without_crossings_is() {
        // Two rows that are named crosswise.
        let found = laid_out(5, &[(0, 1), (0, 2), (1, 4), (2, 3)]);
        assert_eq!(found.x[1] < found.x[2], found.x[4] < found.x[3]);
    }
}
