//! Tells the compiler where the pages are: `web/dist` once it was built, else a placeholder that says how to build them, so
//! that the program compiles without Node. And where the fonts of papers are, which come as one of the pages' packages.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script its settings by environment")]

use std::{env, fs, path::Path};

/// Text no release may carry; looked for in the finished program.
const PLACEHOLDER: &str = "yunling-placeholder-page";

/// Stands in a font's place where there is none; the same.
const NO_FONT: &str = "yunling-no-font";

/// The entries of the web side.
const PAGES: [&str; 4] = ["admin.html", "join.html", "screen.html", "room.html"];

fn main() -> std::io::Result<()> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("web/dist");
    // An existing folder, so that cargo sees its files come and go instead of running this for every build.
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    let built = PAGES.iter().all(|page| dist.join(page).exists());
    let folder = if built { dist } else { placeholder()? };
    // Cargo sets it for tests and `cargo run` too, so it must not look like a setting (YUNLING_…).
    println!("cargo::rustc-env=PAGES_FOLDER={}", folder.display());
    fonts()
}

/// Noto Serif SC, as its package has it.
const FONTS: &str = "web/node_modules/@expo-google-fonts/noto-serif-sc";

/// Without the package the program compiles all the same, and says that it has no fonts where one prints.
fn fonts() -> std::io::Result<()> {
    let package = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join(FONTS);
    let none = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("no-font");
    fs::write(&none, NO_FONT)?;
    let faces =
        [("FONT_PLAIN", "400Regular/NotoSerifSC_400Regular.ttf"), ("FONT_BOLD", "700Bold/NotoSerifSC_700Bold.ttf")];
    for (name, file) in faces {
        let file = package.join(file);
        let there = file.exists();
        if there {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        println!("cargo::rustc-env={name}={}", if there { &file } else { &none }.display());
    }
    Ok(())
}

fn placeholder() -> std::io::Result<std::path::PathBuf> {
    let folder = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("placeholder");
    fs::create_dir_all(&folder)?;
    let html = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>云岭</title><meta name=\"{PLACEHOLDER}\">\
         <p>网页尚未构建。请运行 make run，或在 web 目录运行 npm ci 和 npm run build 后重新编译。\
         <p>The pages have not been built: run `make run`, or `npm ci && npm run build` in web/, then compile again.</html>\n"
    );
    for page in PAGES {
        fs::write(folder.join(page), &html)?;
    }
    Ok(folder)
}
