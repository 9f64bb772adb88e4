//! Made-up flows that look like real ones: vanishing over 60 layers, a recurrent cell over 200 steps with two paths, units that die,
//! values that diverge, and sweeps with nothing in them.

use crate::math::band::mean;
use crate::math::expression::{Mark, Op, Read};
use crate::math::flow::{
    Band, CARRIED, Divergence, Exponents, Flow, Forward, Parameter, Path, Plan, Run, Share, Start, Summary, Sweep,
    Verdict,
};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::render::fixture::{read, size, vector};
use libm::{cos, sin};

fn reading(name: &str, at: Integer) -> Read {
    match read(Mark::Value, name, &[at], vector("H")).op() {
        Op::Read(read) => read.clone(),
        _ => unreachable!("a reading is read"),
    }
}

/// Everything is asked.
pub fn plan(steps: i64, seeds: u64) -> Plan {
    Plan {
        index: Name::new("t"),
        states: vec![],
        sizes: [("T", steps), ("H", 64)].into_iter().map(|(name, value)| (Name::new(name), value)).collect(),
        seeds: (1..=seeds).collect(),
        start: Start::Random,
        probes: 2,
        exponents: Exponents::All,
        singular_values: true,
        paths: true,
        parameters: true,
        bound: true,
        correlation: true,
    }
}

/// A sweep whose gradient has about this gain per step, in nats.
pub fn sweep(gain: f64, steps: i64, seeds: u64) -> Sweep {
    let places: Vec<i64> = (0..=steps).collect();
    let run = |seed: u64| {
        let wiggle = |at: i64, phase: f64| 0.4 * sin(0.9 * at as f64 + phase + seed as f64);
        let own = gain * (1.0 + 0.05 * sin(3.1 * seed as f64));
        let curve = |phase: f64| -> Vec<f64> {
            places
                .iter()
                .map(|at| own * (steps - at) as f64 + if *at == steps { 0.0 } else { wiggle(*at, phase) })
                .collect()
        };
        let spectrum = |scale: f64| (0..64).map(|rank| scale * (own - 0.035 * f64::from(rank))).collect::<Vec<f64>>();
        let share = |base: f64, phase: f64| Share {
            steps: (1..=steps).map(|at| base + 0.1 * sin(0.13 * at as f64 + phase)).collect(),
            gain: (1..=steps).map(|at| own + 0.2 * cos(0.3 * at as f64 + phase)).collect(),
            edges: vec![own * 0.75, own * 0.25],
        };
        Run {
            seed,
            gradient: vec![curve(0.0), curve(1.0)],
            states: vec![curve(0.0)],
            parameters: ["W", "U", "b"]
                .map(|name| Parameter {
                    quantity: Name::new(name),
                    shared: true,
                    steps: curve(name.len() as f64)[1..].to_vec(),
                    whole: 0.5,
                })
                .into(),
            forward: vec![Forward {
                quantity: Name::new("h"),
                mean: places.iter().map(|at| 0.1 * wiggle(*at, 0.0)).collect(),
                variance: places.iter().map(|at| 0.3 + 0.2 / (1.0 + *at as f64)).collect(),
                saturated: places
                    .iter()
                    .map(|at| if *at == 0 { f64::NAN } else { 0.2 + 0.1 * wiggle(*at, 0.0) })
                    .collect(),
                dead: vec![0.0; places.len()],
            }],
            exponents: spectrum(1.0),
            singular_values: spectrum(steps as f64),
            shares: vec![share(0.8, 0.0), share(0.2, std::f64::consts::PI)],
            bound: (1..=steps).step_by(10).map(|at| (at, 0.4)).collect(),
            correlation: (0..=steps).map(|at| (at, cos(0.01 * (steps - at) as f64))).collect(),
            diverged: None,
        }
    };
    let (t, before) = (size("t"), size("t").offset(-1));
    Sweep {
        setting: vec![],
        plan: plan(steps, seeds),
        states: vec![reading("h", t.clone())],
        width: 64,
        places: places.clone(),
        notes: vec![],
        paths: vec![
            Path { along: vec![reading("h", t.clone()), reading("h", before.clone())] },
            Path { along: vec![reading("h", t.clone()), reading("a_h", t), reading("h", before)] },
        ],
        runs: (1..=seeds).map(run).collect(),
    }
}

/// The same under a value of something.
pub fn set(sweep: Sweep, name: &str, value: &str) -> Sweep {
    Sweep { setting: vec![(name.into(), value.into())], ..sweep }
}

/// A flow with what a sweep would say of itself.
pub fn flow(sweeps: Vec<Sweep>) -> (Flow, Vec<Summary>) {
    let summary = |sweep: &Sweep| {
        let curves = super::relative(sweep);
        let gradient = Band::over(&curves.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let steps = gradient.typical.len().saturating_sub(1).max(1) as f64;
        let first = gradient.typical.first().copied().unwrap_or(f64::NAN);
        let ends: Vec<f64> = curves.iter().filter_map(|curve| curve.first().copied()).collect();
        let verdict = match first {
            _ if !sweep.runs.is_empty() && sweep.runs.iter().all(|run| run.diverged.is_some()) => Verdict::Diverges,
            f64::NEG_INFINITY => Verdict::Dies,
            first if first < -CARRIED => Verdict::Vanishes,
            first if first > CARRIED => Verdict::Explodes,
            _ => Verdict::Carries,
        };
        let error = (sweep.runs.len() > 1).then(|| 0.01 * mean(&ends).abs() / steps);
        let mean_gain = gradient.mean.first().copied().unwrap_or(f64::NAN) / steps;
        Summary { typical_gain: first / steps, mean_gain, error, verdict, gradient }
    };
    let summaries = sweeps.iter().map(summary).collect();
    let notes = vec!["`W` is drawn from normal(0, 1/sqrt(D))".to_string()];
    (Flow { network: Name::new("elman"), notes, sweeps, changes: Vec::new() }, summaries)
}

/// Everything that is hard to draw.
pub fn awkward() -> Vec<(&'static str, Flow, Vec<Summary>)> {
    let with = |change: &dyn Fn(&mut Run)| {
        let mut sweep = sweep(-0.5, 30, 3);
        sweep.runs.iter_mut().for_each(change);
        sweep
    };
    let dying = with(&|run| {
        for curve in run.gradient.iter_mut().chain(&mut run.states) {
            curve[..(5 + run.seed as usize)].fill(f64::NEG_INFINITY);
        }
        run.singular_values[40..].fill(f64::NEG_INFINITY);
        run.shares.iter_mut().for_each(|share| share.steps[..9].fill(f64::NAN));
    });
    let diverged = |which: &'static [u64]| {
        with(&move |run| {
            if which.contains(&run.seed) {
                let end = 10 * run.seed;
                run.diverged = Some(Divergence { place: end as i64, quantity: Name::new("a_h") });
                run.gradient.iter_mut().chain(&mut run.states).for_each(|curve| curve.truncate(end as usize));
                run.forward.iter_mut().for_each(|own| own.variance[end as usize..].fill(f64::INFINITY));
                run.shares.iter_mut().for_each(|share| share.steps.truncate(end as usize - 1));
                run.bound.clear();
            }
        })
    };
    let mut empty = sweep(-0.5, 30, 0);
    empty.plan.seeds.clear();
    let mut bare = sweep(-0.5, 30, 2);
    bare.paths.clear();
    bare.runs = (1..=2).map(|seed| Run { seed, ..Run::default() }).collect();
    let mut falling = sweep(-0.5, 30, 2);
    falling.places.reverse();
    let many = (0..12).map(|at| set(sweep(0.1 * f64::from(at) - 0.6, 20, 2), "sigma_w", &format!("{at}"))).collect();
    let wild = with(&|run| run.gradient.iter_mut().for_each(|curve| curve.fill(f64::NAN)));
    [
        ("dying", vec![dying]),
        ("one diverges", vec![diverged(&[2])]),
        ("all diverge", vec![diverged(&[1, 2, 3])]),
        ("no seeds", vec![empty]),
        ("one seed", vec![sweep(-0.5, 30, 1)]),
        ("no steps", vec![sweep(-0.5, 0, 2)]),
        ("one step", vec![sweep(-0.5, 1, 2)]),
        ("nothing measured", vec![bare]),
        ("a falling index", vec![falling]),
        ("no numbers", vec![wild]),
        ("no sweeps", vec![]),
        ("many settings", many),
        ("deep", vec![sweep(-2.0, 20_000, 2)]),
    ]
    .map(|(name, sweeps)| {
        let (flow, summaries) = flow(sweeps);
        (name, flow, summaries)
    })
    .into()
}
