//! Data as safetensors.

use super::{Data, bounded, finite};
use crate::evaluate::fault::Fault;
use safetensors::{Dtype, SafeTensors};

/// Reads a `safetensors` file: every tensor in it, as floats.
pub(super) fn read(bytes: &[u8]) -> Result<Data, Fault> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        Fault::error(format!("the data are no safetensors file: {error}")).hint("is the file cut off?")
    })?;
    let mut names: Vec<&str> = file.names();
    names.sort_unstable();
    let mut data = Data::default();
    for name in names {
        let tensor = file.tensor(name).map_err(|error| Fault::error(format!("`{name}` cannot be read: {error}")))?;
        bounded(name, tensor.shape().iter().map(|dim| *dim as u64))?;
        let entries = floats(tensor.dtype(), tensor.data()).ok_or_else(|| {
            Fault::error(format!("`{name}` holds entries of type {:?}", tensor.dtype()))
                .hint("save it as floats or integers, such as F64")
        })?;
        data.file(name, finite(name, tensor.shape().to_vec(), entries)?)?;
    }
    Ok(data)
}

fn floats(kind: Dtype, bytes: &[u8]) -> Option<Vec<f64>> {
    macro_rules! as_floats {
        ($from:ty) => {{
            let (entries, _) = bytes.as_chunks::<{ size_of::<$from>() }>();
            entries.iter().map(|entry| <$from>::from_le_bytes(*entry) as f64).collect()
        }};
    }
    Some(match kind {
        Dtype::F64 => as_floats!(f64),
        Dtype::F32 => as_floats!(f32),
        Dtype::I64 => as_floats!(i64),
        Dtype::I32 => as_floats!(i32),
        Dtype::I16 => as_floats!(i16),
        Dtype::I8 => as_floats!(i8),
        Dtype::U64 => as_floats!(u64),
        Dtype::U32 => as_floats!(u32),
        Dtype::U16 => as_floats!(u16),
        Dtype::U8 => as_floats!(u8),
        // The upper half of a float.
        Dtype::BF16 => {
            let (entries, _) = bytes.as_chunks::<2>();
            entries.iter().map(|entry| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*entry)) << 16))).collect()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    #[test]
    fn tensors_are_read_as_floats() {
        let floats: Vec<u8> = [1.5f32, -2.0, 0.25, 8.0].iter().flat_map(|entry| entry.to_le_bytes()).collect();
        let brain = [0xc0, 0x3f];
        let views = [
            ("W", TensorView::new(Dtype::F32, vec![2, 2], &floats).expect("a tensor")),
            ("G_h", TensorView::new(Dtype::BF16, vec![1], &brain).expect("a tensor")),
        ];
        let bytes = safetensors::serialize(views, None).expect("a file");
        let data = read(&bytes).expect("data");
        assert_eq!(data.inputs["W"].data, [1.5, -2.0, 0.25, 8.0]);
        assert_eq!((data.upstream["h"].dims.as_slice(), data.upstream["h"].data.as_slice()), (&[1][..], &[1.5][..]));
        assert!(read(&bytes[..bytes.len() - 3]).is_err());
    }
}
