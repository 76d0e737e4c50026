// Flat index of this invocation in a one-dimensional dispatch of `size` invocations a workgroup
// that may have been folded into y (gpu::fold): row-major over workgroups.
fn flat_index(group: vec3<u32>, groups: vec3<u32>, local: u32, size: u32) -> u32 {
    return (group.y * groups.x + group.x) * size + local;
}
