//! A picture to paint on: pictures, boxes and text.
//!
//! Letters are those of Noto Sans Mono (SIL Open Font License), drawn beforehand by `noto-sans-mono-bitmap`.

use crate::image::{Image, Size};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Red, green, blue.
pub(super) type Ink = [u8; 3];

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A sheet's title.
    Title,
    /// What something is called.
    Bold,
    /// Everything else.
    Small,
}

impl Style {
    fn font(self) -> (FontWeight, RasterHeight) {
        match self {
            Self::Title => (FontWeight::Bold, RasterHeight::Size20),
            Self::Bold => (FontWeight::Bold, RasterHeight::Size16),
            Self::Small => (FontWeight::Regular, RasterHeight::Size16),
        }
    }

    /// Pixels from one letter to the next.
    pub(super) fn width(self) -> u32 {
        let (weight, height) = self.font();
        get_raster_width(weight, height) as u32
    }

    /// Pixels from one line to the next.
    pub(super) fn line(self) -> u32 {
        self.font().1.val() as u32 + 2
    }

    /// How many letters stand in so many pixels.
    pub(super) fn letters(self, pixels: u32) -> usize {
        (pixels / self.width()) as usize
    }
}

/// What is painted on.
#[derive(Debug)]
pub(super) struct Paper {
    size: Size,
    bytes: Vec<u8>,
}

impl Paper {
    /// Paper of one colour.
    pub(super) fn new(size: Size, ink: Ink) -> Self {
        Self { size, bytes: ink.repeat(size.pixels() as usize) }
    }

    /// All bytes, row after row, three a pixel.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Paints a picture with its upper left corner at (`x`, `y`); what reaches beyond the paper is cut.
    pub(super) fn picture(&mut self, (x, y): (u32, u32), image: &Image) {
        let width = image.size().width.min(self.size.width.saturating_sub(x)) as usize * 3;
        for row in 0..image.size().height.min(self.size.height.saturating_sub(y)) {
            let start = self.place(x, y + row);
            self.bytes[start..start + width].copy_from_slice(&image.row(row)[..width]);
        }
    }

    /// Fills a box.
    pub(super) fn fill(&mut self, (x, y): (u32, u32), size: Size, ink: Ink) {
        for row in y..(y + size.height).min(self.size.height) {
            for column in x..(x + size.width).min(self.size.width) {
                let at = self.place(column, row);
                self.bytes[at..at + 3].copy_from_slice(&ink);
            }
        }
    }

    /// Writes a line of text; a letter that the font has not is a box with a question mark.
    pub(super) fn text(&mut self, (x, y): (u32, u32), text: &str, style: Style, ink: Ink) {
        let (weight, height) = style.font();
        for (letter, at) in text.chars().zip((x..).step_by(style.width() as usize)) {
            let Some(raster) = get_raster(letter, weight, height).or_else(|| get_raster('\u{fffd}', weight, height)) else {
                continue;
            };
            for (row, strengths) in (y..self.size.height).zip(raster.rows()) {
                for (column, &strength) in (at..self.size.width).zip(strengths) {
                    let place = self.place(column, row);
                    for (level, ink) in self.bytes[place..place + 3].iter_mut().zip(ink) {
                        let (paper, ink, strength) = (u32::from(*level), u32::from(ink), u32::from(strength));
                        *level = ((paper * (255 - strength) + ink * strength + 127) / 255) as u8;
                    }
                }
            }
        }
    }

    fn place(&self, x: u32, y: u32) -> usize {
        (y as usize * self.size.width as usize + x as usize) * 3
    }
}

/// Cuts text into lines of at most `letters`, between words where it can.
pub(super) fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut rest: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().expect("invariant: there is a line");
            let used = line.chars().count();
            let needed = rest.len() + usize::from(used > 0);
            if used + needed <= letters {
                if used > 0 {
                    line.push(' ');
                }
                line.extend(rest);
                break;
            }
            if used == 0 {
                line.extend(rest.drain(..letters.max(1)));
            }
            lines.push(String::new());
        }
    }
    lines
}

/// Text of at most `letters`: what is longer loses its middle, since names differ at their ends.
pub(super) fn shortened(text: &str, letters: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= letters {
        return text.into();
    }
    let kept = letters.saturating_sub(1);
    let head = kept / 3;
    all[..head].iter().chain(&['…']).chain(&all[all.len() - (kept - head)..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_between_words_and_cuts_what_is_longer_than_a_line() {
        assert_eq!(wrapped("rotate degrees -7.1", 8), ["rotate", "degrees", "-7.1"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(shortened("a/long/name_0.jpg", 9), "a/…_0.jpg");
        assert_eq!(shortened("short", 5), "short");
    }

    #[test]
    fn letters_are_painted_and_nothing_beyond_the_paper() {
        let mut paper = Paper::new(Size::new(20, 12), [255; 3]);
        paper.text((4, 0), "Wé字", Style::Small, [0; 3]);
        assert!(paper.bytes().iter().any(|level| *level < 60));
        paper.fill((18, 10), Size::new(9, 9), [1, 2, 3]);
        paper.picture((19, 11), &Image::from_bytes(Size::new(2, 1), vec![7; 6]));
        assert_eq!(paper.bytes()[(12 * 20 - 2) * 3..], [1, 2, 3, 7, 7, 7]);
    }
}
