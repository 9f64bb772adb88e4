//! Data as numpy arrays and archives of them.

use super::{Data, bounded, finite};
use crate::evaluate::array::Array;
use crate::evaluate::fault::Fault;
use npyz::npz::{NpzArchive, file_name_from_array_name};
use npyz::{DType, NpyFile, Order, TypeChar};
use std::io::{self, Cursor, Read};

/// Reads an `npz` file: every array in it, as floats.
pub(super) fn read(bytes: &[u8]) -> Result<Data, Fault> {
    let broken =
        |error: io::Error| Fault::error(format!("the data are no npz archive: {error}")).hint("is the file cut off?");
    let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut names: Vec<String> = archive.array_names().map(str::to_string).collect();
    names.sort();
    let mut data = Data::default();
    for name in names {
        let failed = |error: io::Error| {
            Fault::error(format!("`{name}` cannot be read: {error}")).hint("is the file damaged, or cut off?")
        };
        let file = archive.zip_archive().by_name(&file_name_from_array_name(&name));
        let file = file.map_err(|error| failed(io::Error::other(error)))?;
        // Read to its end: only there the archive compares its checksum.
        let mut member = Vec::new();
        file.take(LARGEST).read_to_end(&mut member).map_err(failed)?;
        let array = single(&member, &name)?;
        data.join(array)?;
    }
    Ok(data)
}

/// Reads an `npy` file: the one array in it, to be called `name`.
pub(super) fn single(bytes: &[u8], name: &str) -> Result<Data, Fault> {
    header(bytes, name)?;
    let file = NpyFile::new(bytes)
        .map_err(|error| Fault::error(format!("the data are no npy file: {error}")).hint("is the file cut off?"))?;
    let mut data = Data::default();
    data.file(name, array(name, file)?)?;
    Ok(data)
}

fn array<R: Read>(name: &str, file: NpyFile<R>) -> Result<Array<f64>, Fault> {
    bounded(name, file.shape().iter().copied())?;
    let dims: Vec<usize> = file.shape().iter().map(|dim| *dim as usize).collect();
    let columns_first = file.order() == Order::Fortran;
    let count: usize = dims.iter().product();
    let mut entries = floats(name, file)?
        .map_err(|error| Fault::error(format!("`{name}` cannot be read: {error}")).hint("is the file cut off?"))?;
    if entries.len() != count {
        return Err(Fault::error(format!("`{name}` ends after {} of {count} entries", entries.len())));
    }
    if columns_first {
        entries = rows_first(&dims, entries);
    }
    finite(name, dims, entries)
}

/// How many bytes of an array are read at most.
const LARGEST: u64 = 8 * super::ENTRIES + HEADER;

/// How long a header may be; numpy needs some 100 bytes.
const HEADER: u64 = 1 << 12;

/// How deep its brackets may be nested; numpy nests them 3 deep.
const DEPTH: usize = 8;

/// Refuses a header that no array of numbers has: one nested thousands deep would keep its reader busy for ever.
fn header(member: impl Read, name: &str) -> Result<(), Fault> {
    let mut begin = Vec::new();
    if member.take(HEADER).read_to_end(&mut begin).is_err() {
        // Reading the array will tell what is wrong.
        return Ok(());
    }
    let length = match begin.get(6..12) {
        Some([1, _, a, b, _, _]) => 10 + usize::from(u16::from_le_bytes([*a, *b])),
        Some([_, _, a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]).saturating_add(12) as usize,
        _ => return Ok(()),
    };
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in begin.iter().take(length).skip(10) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    match length as u64 > HEADER || deepest > DEPTH {
        true => Err(Fault::error(format!("`{name}` is no array of numbers: its header is too long or too deep"))
            .hint("save it as floats or integers, such as float64")),
        false => Ok(()),
    }
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
        let mut npy = Vec::new();
        let builder = npyz::WriteOptions::new().default_dtype().shape(&[2, 2]).writer(&mut npy);
        let mut array = builder.begin_nd().expect("an array");
        array.extend([1.0f64, 2., 3., 4.]).expect("written");
        array.finish().expect("finished");
        assert_eq!(single(&npy, "x").expect("data").inputs["x"].data, [1.0, 2., 3., 4.]);
        assert!(single(&npy[..npy.len() - 3], "x").is_err());
        assert!(single(b"no array", "x").is_err());
    }

    #[test]
    fn a_header_nested_without_end_is_refused() {
        let header = format!("{{'descr': {}, 'fortran_order': False, 'shape': (3,), }}", "[".repeat(3_000));
        let mut array = b"\x93NUMPY\x01\x00".to_vec();
        array.extend_from_slice(&(header.len() as u16).to_le_bytes());
        array.extend_from_slice(header.as_bytes());
        let mut writer = npyz::zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("b.npy", npyz::zip::write::FileOptions::default()).expect("a member");
        io::Write::write_all(&mut writer, &array).expect("written");
        let bytes = writer.finish().expect("an archive").into_inner();
        assert!(read(&bytes).expect_err("a fault").message.contains("too deep"));
    }
}
