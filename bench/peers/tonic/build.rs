use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let proto = std::env::var("PAYMENTS_PROTO").unwrap_or_else(|_| "../../payments.proto".into());
    println!("cargo:rerun-if-changed={proto}");
    let folder = Path::new(&proto).parent().unwrap().to_path_buf();
    tonic_prost_build::configure()
        .build_client(false)
        .compile_protos(&[Path::new(&proto).to_path_buf()], &[folder])?;
    Ok(())
}
