//! Compiles the contracts without a system protoc and keeps the descriptor set for reflection.

mod texts;

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=pingyi");
    println!("cargo:rerun-if-changed=texts.rs");
    let mut files = Vec::new();
    for package in fs::read_dir("pingyi")? {
        for file in fs::read_dir(package?.path().join("v1"))? {
            files.push(file?.path());
        }
    }
    files.sort();
    let descriptors = protox::compile(&files, ["."])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    fs::write(out.join("texts.rs"), texts::implementations(&descriptors))?;
    tonic_prost_build::configure()
        // Ten times as large as the other subjects of a change.
        .boxed(".pingyi.catalog.v1.Change.subject.item")
        .compile_fds(descriptors)?;
    Ok(())
}
