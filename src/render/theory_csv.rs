//! Theory → CSV.

use crate::math::theory::{End, Phase, Theory};

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<String, String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(head).map_err(|error| error.to_string())?;
    for row in rows {
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Step by step: the place, E h², q, χ, and the sum of ln χ up to there. Only the head where theory has no steps to tell.
pub fn theory(theory: &Theory) -> Result<String, String> {
    let layers = theory.moments.iter().flat_map(|depth| &depth.curve);
    let rows = layers.map(|layer| {
        let q = layer.q.map(|q| q.to_string()).unwrap_or_default();
        [
            layer.place.to_string(),
            layer.state.square.to_string(),
            q,
            layer.chi.to_string(),
            layer.log_gradient.to_string(),
        ]
    });
    table(["place", "square", "q", "chi", "log_gradient"], rows)
}

/// A line for each point of the map: both constants, ln χ, and what becomes of the mean square. Points of the critical line
/// follow, with ln χ = 0 and the word `critical`, and those where χ jumps past 1, without a number.
pub fn phase(phase: &Phase) -> Result<String, String> {
    let ((x, columns), (y, rows)) = (&phase.x, &phase.y);
    let word = |end: End| match end {
        End::Settles => "settles",
        End::Dies => "dies",
        End::Grows => "grows",
        End::Open => "open",
    };
    let cells = rows.iter().enumerate().flat_map(|(row, y)| {
        columns.iter().enumerate().map(move |(column, x)| {
            let (log, end) = (phase.log_chi[row][column], phase.ends[row][column]);
            [x.to_string(), y.to_string(), log.to_string(), word(end).to_string()]
        })
    });
    let critical = rows.iter().zip(&phase.critical).flat_map(|(y, own)| {
        own.iter().map(move |x| [x.to_string(), y.to_string(), "0".to_string(), "critical".to_string()])
    });
    let jumps = rows.iter().zip(&phase.jumps).flat_map(|(y, own)| {
        own.iter().map(move |x| [x.to_string(), y.to_string(), String::new(), "jump".to_string()])
    });
    table([x.as_str(), y.as_str(), "log_chi", "end"], cells.chain(critical).chain(jumps))
}
