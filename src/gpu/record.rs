//! Recording into a plan.

use super::kernel::{Kernel, Params};
use super::plan::{Plan, Step, StepId};
use super::tensor::{BufId, Buffer, DType, Data, PART_ALIGN, Source, Tensor};

impl Plan {
    /// An empty plan.
    pub fn new() -> Self {
        Self::default()
    }

    fn declare(&mut self, name: &str, shape: &[usize], dtype: DType, source: Source) -> Tensor {
        let buf = BufId(self.buffers.len());
        let len = shape.iter().product();
        self.buffers.push(Buffer { name: name.to_owned(), len, dtype, source });
        Tensor { buf, shape: shape.to_vec(), dtype }
    }

    /// Values from the CPU.
    ///
    /// # Panics
    /// If the number of values does not fit the shape.
    pub fn constant(&mut self, name: &str, shape: &[usize], data: impl Into<Data>) -> Tensor {
        let data = data.into();
        assert_eq!(data.len(), shape.iter().product::<usize>(), "{name}: {shape:?}");
        let dtype = data.dtype();
        self.declare(name, shape, dtype, Source::Constant(data))
    }

    /// A buffer that a step will write.
    pub fn temporary(&mut self, name: &str, shape: &[usize], dtype: DType) -> Tensor {
        self.declare(name, shape, dtype, Source::Temporary)
    }

    /// A buffer of another session.
    pub fn external(&mut self, name: &str, shape: &[usize], dtype: DType) -> Tensor {
        self.declare(name, shape, dtype, Source::External)
    }

    /// A stretch of another buffer, from element `offset` on.
    ///
    /// # Panics
    /// If it reaches past the end, begins off [`PART_ALIGN`], or the whole is a part itself.
    pub fn part(&mut self, name: &str, whole: &Tensor, offset: usize, shape: &[usize]) -> Tensor {
        let len: usize = shape.iter().product();
        assert!(
            offset + len <= whole.len() && offset.is_multiple_of(PART_ALIGN),
            "{name}: {offset} {shape:?}"
        );
        assert!(!matches!(self.buffers[whole.buf.0].source, Source::Part { .. }), "{name} is part of a part");
        self.declare(name, shape, whole.dtype, Source::Part { of: whole.buf, offset })
    }

    /// Records a dispatch.
    ///
    /// # Panics
    /// If a tensor is shorter than its slot or of another type: the op's shape rule should have
    /// refused that before.
    pub fn push<P: Params>(
        &mut self,
        kernel: &'static Kernel<P>,
        params: P,
        ins: &[Option<&Tensor>],
        outs: &[&Tensor],
    ) -> StepId {
        assert_eq!((ins.len(), outs.len()), (kernel.ins.len(), kernel.outs.len()), "{}", kernel.name);
        for (slot, tensor) in kernel.ins.iter().zip(ins) {
            let have = tensor.map_or(0, Tensor::len);
            assert_eq!((slot.len)(&params), have, "{}.{} takes another length", kernel.name, slot.name);
            assert!(tensor.is_none_or(|t| t.dtype == slot.dtype), "{}.{}", kernel.name, slot.name);
        }
        for (slot, tensor) in kernel.outs.iter().zip(outs) {
            assert_eq!((slot.len)(&params), tensor.len(), "{}.{}", kernel.name, slot.name);
            assert_eq!(tensor.dtype, slot.dtype, "{}.{}", kernel.name, slot.name);
        }
        self.steps.push(Step {
            kernel,
            params: bytemuck::bytes_of(&params).to_vec(),
            ins: ins.iter().map(|t| t.map(|t| t.buf)).collect(),
            outs: outs.iter().map(|t| t.buf).collect(),
        });
        StepId(self.steps.len() - 1)
    }

    /// Renames a buffer after what the page calls it.
    pub fn name(&mut self, tensor: &Tensor, name: &str) {
        name.clone_into(&mut self.buffers[tensor.buf.0].name);
    }
}
