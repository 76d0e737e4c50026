//! A dispatch in parts: the same program, told which of its workgroups are to run.
//!
//! One dispatch of a large layer may take longer than anybody waits for a window, and longer than a driver lets a
//! GPU work before it resets it. WebGPU has no first workgroup of a dispatch, so that a program for parts adds one
//! itself: the text of the kernel stays as it is, but what `main` is told of its workgroup is that of the whole
//! dispatch.

use super::shader::{Shader, ShaderError};

/// What a program for parts is told besides; 32 bytes.
const DECLARED: &str = "
// A part of a dispatch: its first workgroup, and the workgroups of the whole.
struct DispatchPart { first: vec3<u32>, groups: vec3<u32> }
@group(1) @binding(0) var<uniform> dispatch_part: DispatchPart;
";

/// Bytes of that.
pub const BYTES: u64 = 32;

/// That of the part which begins at `first` of a dispatch of `groups`.
pub fn bytes(first: [u32; 3], groups: [u32; 3]) -> [u8; BYTES as usize] {
    let [x, y, z] = first;
    let [w, h, d] = groups;
    bytemuck::cast([x, y, z, 0, w, h, d, 0])
}

/// The axis along which a dispatch is cut: the longest.
pub fn axis(groups: [u32; 3]) -> usize {
    (0..3).max_by_key(|&axis| (groups[axis], std::cmp::Reverse(axis))).unwrap_or(0)
}

/// The complete program of a shader, for dispatches in parts.
pub fn program(shader: &Shader) -> Result<String, ShaderError> {
    let size = shader.reflect()?.workgroup;
    let source = shader.expanded()?;
    let told = |message: &str| ShaderError::Parse { message: message.to_owned(), path: shader.path };
    let main = "fn main(";
    let start = source.find(main).ok_or_else(|| told("there is no `fn main(`"))? + main.len();
    let end = start + closing(&source[start..]).ok_or_else(|| told("`fn main(` has no end"))?;
    let body = end + source[end..].find('{').ok_or_else(|| told("`main` has no body"))? + 1;
    let (mut parameters, mut lets) = (Vec::new(), String::new());
    for parameter in source[start..end].split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let [x, y, z] = size;
        let of_whole = match builtin(parameter) {
            Some(("workgroup_id", name)) => (name, format!("{name}_here + dispatch_part.first")),
            Some(("global_invocation_id", name)) => {
                (name, format!("{name}_here + dispatch_part.first * vec3<u32>({x}u, {y}u, {z}u)"))
            }
            Some(("num_workgroups", name)) => (name, "dispatch_part.groups".to_owned()),
            _ => {
                parameters.push(parameter.to_owned());
                continue;
            }
        };
        let (name, value) = of_whole;
        lets += &format!("\n    let {name} = {value};");
        if value.contains("_here") {
            parameters.push(parameter.replacen(&format!(" {name}:"), &format!(" {name}_here:"), 1));
        }
    }
    let (before, between, after) = (&source[..start], &source[end..body], &source[body..]);
    Ok(format!("{before}{}{between}{lets}{after}{DECLARED}", parameters.join(", ")))
}

/// Where the bracket closes that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    text.char_indices().find_map(|(at, c)| {
        open += i32::from(c == '(') - i32::from(c == ')');
        (open == 0).then_some(at)
    })
}

/// The builtin and the name of a parameter `@builtin(workgroup_id) group: vec3<u32>`.
fn builtin(parameter: &str) -> Option<(&str, &str)> {
    let (builtin, rest) = parameter.strip_prefix("@builtin(")?.split_once(')')?;
    Some((builtin, rest.split_once(':')?.0.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_is_told_of_the_whole_dispatch() {
        let source = "fn other(a: u32) -> u32 { return a; }
@compute @workgroup_size(4, 2) fn main(
    @builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) { let x = other(group.x) + id.y + groups.z + local; }";
        let program = program(&Shader { path: "none/none", source }).unwrap();
        let expected = "fn main(@builtin(workgroup_id) group_here: vec3<u32>, \
            @builtin(global_invocation_id) id_here: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let group = group_here + dispatch_part.first;
    let id = id_here + dispatch_part.first * vec3<u32>(4u, 2u, 1u);
    let groups = dispatch_part.groups; let x";
        assert!(program.contains(expected), "{program}");
        naga::front::wgsl::parse_str(&program).unwrap();
    }

    #[test]
    fn a_dispatch_is_cut_along_its_longest_axis() {
        assert_eq!([axis([7, 1, 1]), axis([3, 9, 1]), axis([1, 1, 1]), axis([2, 2, 5])], [0, 1, 0, 2]);
    }
}
