//! Pieces of a programme (已完成的部分): made while the meeting still runs, played before it is over, joined when it is.
//!
//! A piece is an MP4 of its own. Its sound is cut into whole frames of AAC, counted from the recording's beginning, and was coded
//! together with what came before it and after it, so that pieces put behind each other are what one coder would have made of
//! the whole. Its picture begins with a key frame. Which pieces there are says the [`Index`] beside them.

use super::timeline::TrackKey;
use serde::{Deserialize, Serialize};

/// The folder of the pieces, in a recording's folder.
pub const FOLDER: &str = "pieces";

/// The index's name in it.
pub const INDEX: &str = "index.json";

/// The version of the index that this program writes and reads. Pieces of another are made anew.
pub const FORMAT: u32 = 1;

/// Samples of one frame of AAC, a block, at 48 kHz.
pub const BLOCK_SAMPLES: i64 = 1024;

/// Composed pieces are a multiple of so many blocks long: as long as eight pictures of a 25th of a second.
const STEP_BLOCKS: u64 = 15;

/// How the pictures of a piece came about. Only pieces of one coding can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// As one source sent them.
    Copied,
    /// Composed anew.
    Composed,
}

impl Coding {
    /// Its name in a file's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::Composed => "composed",
        }
    }
}

/// A picture of a source: its track, and its timestamp as [`Place`](super::timeline::Place) has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureId {
    /// Whose.
    pub track: TrackKey,
    /// Which.
    pub timestamp: i64,
}

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its file, in the folder of the pieces.
    pub file: String,
    /// How its pictures came about.
    pub coding: Coding,
    /// Its first block.
    pub from_block: u64,
    /// The first block of the next one.
    pub to_block: u64,
    /// Pictures in it.
    pub pictures: u64,
    /// With which picture the next one begins; only copied ones say that.
    pub next: Option<PictureId>,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Small pictures of it, beside it in the file of [`Piece::stills_file`].
    pub stills: Vec<Still>,
}

/// A small picture of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Still {
    /// When it is within the recording, nanoseconds.
    pub at_ns: u64,
    /// How much there is to see on it ([`Canvas::spread`](super::canvas::Canvas::spread)).
    pub spread: u64,
}

impl Piece {
    /// The name of the file of a piece.
    #[must_use]
    pub fn file_of(coding: Coding, from_block: u64) -> String {
        format!("{from_block:08}-{}.mp4", coding.name())
    }

    /// Where its small pictures are, one after the other.
    #[must_use]
    pub fn stills_file(&self) -> String {
        format!("{}.stills", self.file)
    }

    /// When it begins and ends within the recording, nanoseconds.
    #[must_use]
    pub const fn span_ns(&self) -> (u64, u64) {
        (ns_of(self.from_block), ns_of(self.to_block))
    }
}

/// All pieces there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Version of the format.
    pub format: u32,
    /// When the recording begins, nanoseconds since 1970 UTC.
    pub began_ns: u64,
    /// The pieces, in the order in which they were made.
    pub pieces: Vec<Piece>,
}

impl Index {
    /// None yet.
    #[must_use]
    pub const fn new(began_ns: u64) -> Self {
        Self { format: FORMAT, began_ns, pieces: Vec::new() }
    }

    /// From the beginning on, what can be joined of this coding.
    #[must_use]
    pub fn joined(&self, coding: Coding) -> Vec<&Piece> {
        let mut found: Vec<&Piece> = Vec::new();
        loop {
            let end = found.last().map_or(0, |piece| piece.to_block);
            let next = self.pieces.iter().find(|piece| piece.coding == coding && piece.from_block == end);
            match next {
                Some(piece) => found.push(piece),
                None => return found,
            }
        }
    }

    /// What can be played, in order. While a programme that was copied is composed after all, what is composed comes first and
    /// what was copied goes on from there; they overlap by less than a piece.
    #[must_use]
    pub fn playable(&self) -> Vec<&Piece> {
        let mut found = self.joined(Coding::Composed);
        let composed = found.last().map_or(0, |piece| piece.to_block);
        found.extend(self.joined(Coding::Copied).into_iter().filter(|piece| piece.to_block > composed));
        found
    }
}

/// So many seconds in blocks, as pieces are cut; not less than one step.
#[must_use]
pub const fn blocks(seconds: u64) -> u64 {
    let steps = seconds * 48_000 / (BLOCK_SAMPLES as u64 * STEP_BLOCKS);
    if steps == 0 { STEP_BLOCKS } else { steps * STEP_BLOCKS }
}

/// When a block begins, nanoseconds after the recording's beginning.
#[must_use]
pub const fn ns_of(block: u64) -> u64 {
    // 1024 samples of 48000 a second.
    block * 64_000_000 / 3
}

/// The block that this moment lies in.
#[must_use]
pub const fn block_at(ns: u64) -> u64 {
    ns * 3 / 64_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(coding: Coding, from_block: u64, to_block: u64) -> Piece {
        let file = Piece::file_of(coding, from_block);
        let (sha256, stills) = (String::new(), Vec::new());
        Piece { file, coding, from_block, to_block, pictures: 1, next: None, bytes: 1, sha256, stills }
    }

    #[test]
    fn only_what_follows_from_the_beginning_is_joined() {
        use Coding::{Composed, Copied};
        let mut index = Index::new(7);
        index.pieces = vec![piece(Copied, 0, 3100), piece(Copied, 3100, 6200), piece(Copied, 9000, 12000)];
        let files = |pieces: Vec<&Piece>| pieces.iter().map(|piece| piece.from_block).collect::<Vec<_>>();
        assert_eq!(files(index.joined(Copied)), [0, 3100]);
        assert_eq!((files(index.joined(Composed)), files(index.playable())), (vec![], vec![0, 3100]));
        index.pieces.push(piece(Composed, 0, 3000));
        assert_eq!(files(index.playable()), [0, 0, 3100], "a second of the copied one is still to be played");
        index.pieces.push(piece(Composed, 3000, 6000));
        index.pieces.push(piece(Composed, 6000, 9000));
        assert_eq!(files(index.playable()), [0, 3000, 6000]);
        let text = serde_json::to_string(&index).unwrap();
        assert_eq!(serde_json::from_str::<Index>(&text).unwrap(), index);
    }

    #[test]
    fn a_step_of_blocks_is_a_whole_number_of_pictures() {
        assert_eq!((ns_of(STEP_BLOCKS), ns_of(blocks(64))), (8 * 40_000_000, 64_000_000_000));
        assert_eq!((blocks(0), blocks(1), blocks(5)), (15, 45, 225));
        for block in [0, 1, 2, 3, 2999, 1_000_000] {
            assert_eq!(block_at(ns_of(block) + 1), block);
        }
    }
}
