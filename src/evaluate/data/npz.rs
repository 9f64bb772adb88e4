//! Data as numpy archives.

use super::{Data, bounded, finite};
use crate::evaluate::fault::Fault;
use npyz::{DType, NpyFile, Order, TypeChar};
use std::io::{self, Cursor, Read};

/// Reads an `npz` file: every array in it, as floats.
pub(super) fn read(bytes: &[u8]) -> Result<Data, Fault> {
    let broken =
        |error: io::Error| Fault::error(format!("the data are no npz archive: {error}")).hint("is the file cut off?");
    let mut archive = npyz::npz::NpzArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut names: Vec<String> = archive.array_names().map(str::to_string).collect();
    names.sort();
    let mut data = Data::default();
    for name in names {
        let failed =
            |error: io::Error| Fault::error(format!("`{name}` cannot be read: {error}")).hint("is the file cut off?");
        let Some(file) = archive.by_name(&name).map_err(failed)? else { continue };
        bounded(&name, file.shape().iter().copied())?;
        let dims: Vec<usize> = file.shape().iter().map(|dim| *dim as usize).collect();
        let columns_first = file.order() == Order::Fortran;
        let count: usize = dims.iter().product();
        let mut entries = floats(&name, file)?.map_err(failed)?;
        if entries.len() != count {
            return Err(Fault::error(format!("`{name}` ends after {} of {count} entries", entries.len())));
        }
        if columns_first {
            entries = rows_first(&dims, entries);
        }
        data.file(&name, finite(&name, dims, entries)?);
    }
    Ok(data)
}

fn floats<R: Read>(name: &str, file: NpyFile<R>) -> Result<io::Result<Vec<f64>>, Fault> {
    macro_rules! as_floats {
        ($from:ty) => {
            file.into_vec::<$from>().map(|entries| entries.into_iter().map(|entry| entry as f64).collect())
        };
    }
    let dtype = file.dtype();
    let kind = match &dtype {
        DType::Plain(kind) => Some((kind.type_char(), kind.size_field())),
        _ => None,
    };
    Ok(match kind {
        Some((TypeChar::Float, 8)) => file.into_vec::<f64>(),
        Some((TypeChar::Float, 4)) => as_floats!(f32),
        Some((TypeChar::Int, 8)) => as_floats!(i64),
        Some((TypeChar::Int, 4)) => as_floats!(i32),
        Some((TypeChar::Int, 2)) => as_floats!(i16),
        Some((TypeChar::Int, 1)) => as_floats!(i8),
        Some((TypeChar::Uint, 8)) => as_floats!(u64),
        Some((TypeChar::Uint, 4)) => as_floats!(u32),
        Some((TypeChar::Uint, 2)) => as_floats!(u16),
        Some((TypeChar::Uint, 1)) => as_floats!(u8),
        _ => {
            let kind = dtype.descr();
            return Err(Fault::error(format!("`{name}` holds entries of type {kind}"))
                .hint("save it as floats or integers, such as float64"));
        }
    })
}

/// Entries stored first axis fastest, put last axis fastest.
fn rows_first(dims: &[usize], entries: Vec<f64>) -> Vec<f64> {
    let (mut entries, mut rest) = (entries, dims.iter().product::<usize>());
    // One axis after the other: what was the slowest axis becomes the fastest of those in front.
    let mut block = 1;
    for dim in dims.iter().rev() {
        rest /= dim.max(&1);
        let moved: Vec<f64> = match rest * dim * block {
            0 => Vec::new(),
            _ => {
                // Seen as [dim][rest] groups of `block` entries that are in order already.
                let mut moved = Vec::with_capacity(entries.len());
                let groups: Vec<&[f64]> = entries.chunks(block).collect();
                (0..rest).for_each(|at| (0..*dim).for_each(|along| moved.extend_from_slice(groups[along * rest + at])));
                moved
            }
        };
        entries = moved;
        block *= dim;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::WriterBuilder;

    #[test]
    fn arrays_come_back_whatever_their_order_and_type() {
        let mut writer = npyz::npz::NpzWriter::new(Cursor::new(Vec::new()));
        let options = npyz::zip::write::FileOptions::default();
        let mut put = |name: &str, order: Order, shape: &[u64], entries: &[f32]| {
            let builder = writer.array(name, options).expect("a member").default_dtype().order(order).shape(shape);
            let mut array = builder.begin_nd().expect("an array");
            array.extend(entries.iter().copied()).expect("written");
            array.finish().expect("finished");
        };
        put("x", Order::C, &[2, 3], &[1., 2., 3., 4., 5., 6.]);
        put("W", Order::Fortran, &[2, 3], &[1., 4., 2., 5., 3., 6.]);
        let cube: Vec<f32> = (0..24).map(|at| ((at % 2) * 12 + (at / 2 % 3) * 4 + at / 6) as f32).collect();
        put("inputs/cube", Order::Fortran, &[2, 3, 4], &cube);
        put("upstream/h", Order::C, &[], &[7.]);
        let bytes = writer.zip_writer().finish().expect("an archive").into_inner();
        let data = read(&bytes).expect("data");
        assert_eq!(data.inputs["x"], data.inputs["W"]);
        assert_eq!(data.inputs["cube"].data, (0..24).map(f64::from).collect::<Vec<_>>());
        assert_eq!(data.upstream["h"].data, [7.0]);
        assert!(read(&bytes[..bytes.len() / 2]).is_err());
        assert!(read(b"no archive").is_err());
    }
}
