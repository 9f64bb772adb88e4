//! Theory as pictures.

use super::picture::{Axis, Curve, Map, Picture, Plot, Points, Scale};
use crate::math::theory::{Depth, Phase, Theory};

/// What happens step by step: the mean squares, and the gradient.
pub fn depth(theory: &Theory, depth: &Depth) -> Vec<Picture> {
    let index = theory.index.as_str();
    let x: Vec<f64> = depth.curve.iter().map(|layer| layer.place as f64).collect();
    if x.len() < 2 {
        return Vec::new();
    }
    let curve = |name: &str, of: &dyn Fn(&crate::math::theory::Layer) -> f64| {
        Curve::line(name, x.clone(), depth.curve.iter().map(of).collect())
    };
    let ln = |value: f64| libm::log(value);
    let mut squares = vec![curve("E h², of the state", &|layer| ln(layer.state.square))];
    if depth.curve.iter().any(|layer| layer.q.is_some()) {
        squares.push(curve("q, of the sum that the function takes", &|layer| layer.q.map_or(f64::NAN, ln)));
    }
    let last = depth.curve.last().map_or(0.0, |layer| layer.log_gradient);
    let gradient = curve("", &|layer| 0.5 * (last - layer.log_gradient));
    vec![
        Picture {
            title: "Mean squares on the way forward".into(),
            note: String::new(),
            x: Axis::new(index, Scale::Integers),
            y: Axis::new("mean square, in powers of ten", Scale::Decades),
            plot: Plot::Curves(squares),
        },
        Picture {
            title: "Norm of the gradient on the way back".into(),
            note: "The root mean square, √χ multiplied up from the last step to the left.".into(),
            x: Axis::new(index, Scale::Integers),
            y: Axis::new("‖∂L/∂h‖₂ divided by what it is at the last place, in powers of ten", Scale::Decades),
            plot: Plot::Curves(vec![gradient]),
        },
    ]
}

/// χ over two constants, with the line where it is 1.
pub fn phase(phase: &Phase) -> Picture {
    let ((x, columns), (y, rows)) = (&phase.x, &phase.y);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| rows[*a].total_cmp(&rows[*b]));
    let half = |row: &usize| phase.log_chi.get(*row).into_iter().flatten().map(|log| 0.5 * log).collect::<Vec<f64>>();
    let mut map = Map {
        x: columns.clone(),
        y: order.iter().map(|row| rows[*row]).collect(),
        cells: order.iter().map(half).collect(),
        label: "½ ln χ: ln of the gain per step, of the root mean square of a gradient".into(),
        words: ["vanishes".into(), "carried".into(), "explodes".into()],
        lines: Vec::new(),
    };
    // Columns rise from left to right.
    let mut across: Vec<usize> = (0..columns.len()).collect();
    across.sort_by(|a, b| columns[*a].total_cmp(&columns[*b]));
    map.x = across.iter().map(|column| columns[*column]).collect();
    map.cells = map
        .cells
        .iter()
        .map(|row| across.iter().map(|column| row.get(*column).copied().unwrap_or(f64::NAN)).collect())
        .collect();
    let size = columns.iter().copied().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (name, found) in [("critical: χ = 1", &phase.critical), ("χ jumps past 1", &phase.jumps)] {
        let found: Vec<(f64, Vec<f64>)> =
            order.iter().map(|row| (rows[*row], found.get(*row).cloned().unwrap_or_default())).collect();
        map.lines.extend(branches(&found, size).into_iter().map(|line| (name.to_string(), line)));
    }
    Picture {
        title: format!("Where gradients vanish and explode, over {x} and {y}"),
        note: "On the line they are carried.".into(),
        x: Axis::new(x.as_str(), Scale::Linear),
        y: Axis::new(y.as_str(), Scale::Linear),
        plot: Plot::Map(map),
    }
}

/// Lines through the points of neighbouring rows: a point goes on with the nearest of the next row that no other line took.
fn branches(critical: &[(f64, Vec<f64>)], size: f64) -> Vec<Points> {
    let (mut done, mut open) = (Vec::<Points>::new(), Vec::<Points>::new());
    for (y, points) in critical {
        let mut free = points.clone();
        let mut next = Vec::new();
        for mut line in open {
            let from = line.last().map_or(f64::NAN, |(x, _)| *x);
            let near = |at: &usize| (free[*at] - from).abs();
            match (0..free.len()).min_by(|a, b| near(a).total_cmp(&near(b))).filter(|at| near(at) <= 0.2 * size) {
                Some(at) => {
                    line.push((free.remove(at), *y));
                    next.push(line);
                }
                None => done.push(line),
            }
        }
        next.extend(free.into_iter().map(|x| vec![(x, *y)]));
        open = next;
    }
    done.extend(open);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_follow_their_points() {
        let rows = [(0.0, vec![1.0]), (0.1, vec![1.1, 3.0]), (0.2, vec![1.2, 2.9]), (0.3, vec![2.8])];
        let lines = branches(&rows, 3.0);
        assert_eq!(lines, [vec![(1.0, 0.0), (1.1, 0.1), (1.2, 0.2)], vec![(3.0, 0.1), (2.9, 0.2), (2.8, 0.3)]]);
        assert!(branches(&[(0.0, vec![]), (1.0, vec![])], 1.0).is_empty());
    }

    #[test]
    fn a_map_stands_the_right_way_up() {
        let phase = super::phase(&Phase {
            network: "n".into(),
            x: ("a".into(), vec![1.0, 2.0]),
            y: ("b".into(), vec![5.0, 4.0]),
            log_chi: vec![vec![-2.0, f64::NEG_INFINITY], vec![2.0, 4.0]],
            ends: vec![vec![crate::math::theory::End::Settles; 2]; 2],
            critical: vec![vec![1.5], vec![1.6]],
            jumps: vec![Vec::new(); 2],
        });
        let Plot::Map(map) = phase.plot else { panic!("a map") };
        assert_eq!((map.y, map.cells), (vec![4.0, 5.0], vec![vec![1.0, 2.0], vec![-1.0, f64::NEG_INFINITY]]));
        assert_eq!(map.lines[0].1, [(1.6, 4.0), (1.5, 5.0)]);
    }
}
