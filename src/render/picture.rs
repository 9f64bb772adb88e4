//! A picture of numbers, before a medium is chosen: curves with bands, spectra, stacked shares, maps.

/// A picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Picture {
    /// What is shown.
    pub title: String,
    /// How to read it, and what is left out: one or two sentences.
    pub note: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// The numbers.
    pub plot: Plot,
}

/// An axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// What is measured, with its unit.
    pub label: String,
    /// How numbers become places.
    pub scale: Scale,
}

/// How numbers become places on an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly, where only whole numbers mean anything.
    Integers,
    /// The numbers are natural logarithms; powers of ten are written at the axis.
    Decades,
    /// Evenly, from 0 to 1 at least.
    Share,
}

/// The numbers of a picture.
#[derive(Clone, PartialEq, Debug)]
pub enum Plot {
    /// Curves over one axis.
    Curves(Vec<Curve>),
    /// What adds up, place by place.
    Stack(Stack),
    /// A number for each point of a grid.
    Map(Map),
}

/// A curve. NaN is a gap; ±∞ is marked at the edge.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// What the legend calls it.
    pub name: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Places, in rising order.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// The lowest and highest of all runs, if there are several.
    pub band: Option<(Vec<f64>, Vec<f64>)>,
}

/// How a curve is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Measured: a line in a colour of its own.
    Line,
    /// Measured: a marker for each value.
    Points,
    /// Predicted, or a bound: a thin dotted line, in the colour of the curve of this number.
    Reference(Option<usize>),
}

/// What adds up to a whole at each place.
#[derive(Clone, PartialEq, Debug)]
pub struct Stack {
    /// Places, in rising order.
    pub x: Vec<f64>,
    /// Names, each with a value for each place.
    pub layers: Vec<(String, Vec<f64>)>,
}

/// Points one after the other: right, up.
pub type Points = Vec<(f64, f64)>;

/// A number for each point of a grid.
#[derive(Clone, PartialEq, Debug)]
pub struct Map {
    /// The columns, in rising order.
    pub x: Vec<f64>,
    /// The rows, in rising order.
    pub y: Vec<f64>,
    /// For each row, a value for each column; NaN where there is none. 0 is the middle of the colours.
    pub cells: Vec<Vec<f64>>,
    /// What the cells measure, with its unit.
    pub label: String,
    /// Words for the lowest, the middle and the highest colour.
    pub words: [String; 3],
    /// Lines over the map, such as the critical one.
    pub lines: Vec<(String, Points)>,
}

impl Axis {
    /// An axis.
    pub fn new(label: impl Into<String>, scale: Scale) -> Self {
        Axis { label: label.into(), scale }
    }
}

impl Curve {
    /// A line without a band.
    pub fn line(name: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Self {
        Curve { name: name.into(), kind: Kind::Line, x, y, band: None }
    }

    /// The number of points with a place and a finite value.
    pub fn finite(&self) -> usize {
        self.x.iter().zip(&self.y).filter(|(x, y)| x.is_finite() && y.is_finite()).count()
    }

    /// The curve in at most so many places. Of many values at one place of the screen the band keeps the extremes, and the line
    /// keeps the first, the least, the greatest and the last.
    pub fn thinned(&self, most: usize) -> Curve {
        let count = self.x.len().min(self.y.len());
        if count <= most.max(8) {
            return self.clone();
        }
        let mut keep: Vec<usize> = Vec::new();
        let buckets = (most / 4).max(2);
        for bucket in 0..buckets {
            let (from, to) = (bucket * count / buckets, (bucket + 1) * count / buckets);
            let mut here: Vec<usize> = vec![from, to - 1];
            let finite = || (from..to).filter(|at| self.y[*at].is_finite());
            here.extend(finite().min_by(|a, b| self.y[*a].total_cmp(&self.y[*b])));
            here.extend(finite().max_by(|a, b| self.y[*a].total_cmp(&self.y[*b])));
            // An infinite value is an event that no thinning may lose.
            here.extend((from..to).find(|at| self.y[*at].is_infinite()));
            here.sort_unstable();
            here.dedup();
            keep.extend(here);
        }
        let pick = |values: &[f64]| keep.iter().filter_map(|at| values.get(*at).copied()).collect::<Vec<f64>>();
        let band = self.band.as_ref().map(|(low, high)| {
            let extreme = |values: &[f64], least: bool| {
                let part = |bucket: usize| {
                    let (from, to) = (bucket * count / buckets, (bucket + 1) * count / buckets);
                    let part = values.get(from..to).unwrap_or_default().iter().copied().filter(|value| !value.is_nan());
                    part.reduce(if least { f64::min } else { f64::max }).unwrap_or(f64::NAN)
                };
                let of: Vec<f64> = (0..buckets).map(part).collect();
                keep.iter().map(|at| of[bucket_of(*at, count, buckets)]).collect::<Vec<f64>>()
            };
            (extreme(low, true), extreme(high, false))
        });
        Curve { name: self.name.clone(), kind: self.kind, x: pick(&self.x), y: pick(&self.y), band }
    }
}

/// The bucket that an entry fell into.
fn bucket_of(at: usize, count: usize, buckets: usize) -> usize {
    let guess = at * buckets / count;
    let upper = (guess + 2).min(buckets);
    (guess..upper).find(|bucket| at < (bucket + 1) * count / buckets).unwrap_or(buckets - 1)
}

impl Map {
    /// The size of value with the strongest shade: most values lie within, so that a few large ones do not wash out the rest.
    pub fn limit(&self) -> f64 {
        let finite = self.cells.iter().flatten().filter(|value| value.is_finite());
        let mut sizes: Vec<f64> = finite.map(|value| value.abs()).filter(|size| *size > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        let Some(most) = sizes.get((9 * sizes.len() / 10).min(sizes.len().saturating_sub(1))) else { return 1.0 };
        // One digit, rounded up.
        let power = libm::pow(10.0, libm::floor(libm::log10(*most)));
        libm::ceil(most / power - 1e-9) * power
    }
}

impl Stack {
    /// The same over at most so many places: neighbours are averaged.
    pub fn thinned(&self, most: usize) -> Stack {
        let count = self.x.len();
        if count <= most || most == 0 {
            return self.clone();
        }
        let parts: Vec<(usize, usize)> =
            (0..most).map(|part| (part * count / most, (part + 1) * count / most)).collect();
        let mean = |values: &[f64]| {
            let average = |(from, to): &(usize, usize)| {
                let finite: Vec<f64> = values[*from..*to].iter().copied().filter(|value| value.is_finite()).collect();
                finite.iter().sum::<f64>() / finite.len() as f64
            };
            parts.iter().map(average).collect::<Vec<f64>>()
        };
        Stack {
            x: mean(&self.x),
            layers: self.layers.iter().map(|(name, values)| (name.clone(), mean(values))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes_and_infinities() {
        let x: Vec<f64> = (0..100_000).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|x| -x / 1000.0).collect();
        (y[777], y[50_001], y[88_888]) = (9.0, -500.0, f64::NEG_INFINITY);
        let low: Vec<f64> = y.iter().map(|y| y - 1.0).collect();
        let high: Vec<f64> = y.iter().map(|y| y + 1.0).collect();
        let curve = Curve { band: Some((low, high)), ..Curve::line("", x, y) }.thinned(400);
        assert!(curve.x.len() <= 501 && curve.x.is_sorted());
        assert_eq!((curve.x[0], curve.x.last().copied()), (0.0, Some(99_999.0)));
        assert!(curve.y.contains(&9.0) && curve.y.contains(&-500.0) && curve.y.contains(&f64::NEG_INFINITY));
        let (low, high) = curve.band.expect("a band");
        assert!(low.contains(&-501.0) && high.contains(&10.0));
        assert_eq!((low.len(), high.len()), (curve.x.len(), curve.x.len()));
        let inside = |at: usize| !curve.y[at].is_finite() || (low[at] <= curve.y[at] && curve.y[at] <= high[at]);
        assert!((0..low.len()).all(inside));
    }
}
