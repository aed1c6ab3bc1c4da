//! RTCP (RFC 3550 §6, RFC 4585): the few packets the relay reads and writes, through `rtc-rtcp`.
//!
//! A compound packet is taken apart by its length fields, and only kinds that are of use here are given to the parser: one
//! packet it can't read costs only that packet.

use crate::{
    quantity::{Bitrate, NtpTime},
    relay::{
        arrivals::{ArrivalReport, TICK_US},
        media::Ssrc,
        publication::Reception,
    },
};
use rtc_rtcp::{
    payload_feedbacks::{
        full_intra_request::FullIntraRequest, picture_loss_indication::PictureLossIndication,
        receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate,
    },
    receiver_report::ReceiverReport,
    reception_report::ReceptionReport,
    sender_report::SenderReport,
    source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem},
    transport_feedbacks::{
        transport_layer_cc::{
            PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, StatusVectorChunk, SymbolSizeTypeTcc,
            SymbolTypeTcc, TransportLayerCc,
        },
        transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers},
    },
};
use rtc_shared::marshal::{Marshal, Unmarshal};

/// Something a peer says by RTCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// It needs a key frame of this stream.
    KeyFrame(Ssrc),
    /// It misses these packets of this stream.
    Nack(Ssrc, Vec<u16>),
    /// How it receives one of our streams.
    Report {
        /// Which stream.
        ssrc: Ssrc,
        /// Share lost since its last report, in 256ths.
        fraction_lost: u8,
        /// Middle of the NTP time of our last sender report it got; 0 if none.
        last_sender_report: u32,
        /// Time since it got that, in 65536ths of a second.
        delay: u32,
    },
    /// Its own sender report.
    SenderReport {
        /// Which stream.
        ssrc: Ssrc,
        /// Its wall clock.
        ntp: NtpTime,
        /// The stream's timestamp at that time.
        timestamp: u32,
    },
    /// Which of our packets arrived, and when.
    Arrivals(ArrivalReport),
    /// The most it believes its way bears.
    Remb(Bitrate),
}

/// Sender report of one of our streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which stream.
    pub ssrc: Ssrc,
    /// Its timestamp at the report's NTP time.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Payload bytes sent.
    pub bytes: u32,
}

/// What we report on one stream of a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Which stream.
    pub ssrc: Ssrc,
    /// How it was received.
    pub reception: Reception,
    /// Middle of the NTP time of its last sender report; 0 if none.
    pub last_sender_report: u32,
    /// Time since that, in 65536ths of a second.
    pub delay: u32,
}

/// Reads a compound packet in the clear and calls `each` with what it says.
pub fn read(mut compound: &[u8], mut each: impl FnMut(Feedback)) {
    while let [first, kind, high, low, ..] = *compound {
        let len = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let Some(packet) = compound.get(..len) else { return };
        read_one(first & 0x1f, kind, packet, &mut each);
        compound = &compound[len..];
    }
}

fn read_one(count: u8, kind: u8, mut packet: &[u8], each: &mut impl FnMut(Feedback)) {
    match (kind, count) {
        (200, _) => {
            let Ok(report) = SenderReport::unmarshal(&mut packet) else { return };
            each(Feedback::SenderReport {
                ssrc: Ssrc(report.ssrc),
                ntp: NtpTime(report.ntp_time),
                timestamp: report.rtp_time,
            });
            report.reports.iter().for_each(|block| each(reported(block)));
        }
        (201, _) => {
            let Ok(report) = ReceiverReport::unmarshal(&mut packet) else { return };
            report.reports.iter().for_each(|block| each(reported(block)));
        }
        (205, 1) => {
            let Ok(nack) = TransportLayerNack::unmarshal(&mut packet) else { return };
            let seqs = nack.nacks.into_iter().take(NACK_PAIRS_MAX).flatten().collect();
            each(Feedback::Nack(Ssrc(nack.media_ssrc), seqs));
        }
        (205, 15) => {
            let said = packet.get(14..16).map_or(0, |count| u16::from_be_bytes([count[0], count[1]]));
            if said > ARRIVALS_MAX {
                return;
            }
            let Ok(report) = TransportLayerCc::unmarshal(&mut packet) else { return };
            each(Feedback::Arrivals(arrivals_of(&report)));
        }
        (206, 15) => {
            let Ok(estimate) = ReceiverEstimatedMaximumBitrate::unmarshal(&mut packet) else { return };
            if estimate.bitrate.is_finite() && estimate.bitrate >= 0.0 {
                each(Feedback::Remb(Bitrate::bps(estimate.bitrate as u64)));
            }
        }
        (206, 1) => {
            let Ok(loss) = PictureLossIndication::unmarshal(&mut packet) else { return };
            each(Feedback::KeyFrame(Ssrc(loss.media_ssrc)));
        }
        (206, 4) => {
            let Ok(request) = FullIntraRequest::unmarshal(&mut packet) else { return };
            request.fir.iter().for_each(|entry| each(Feedback::KeyFrame(Ssrc(entry.ssrc))));
        }
        _ => {}
    }
}

/// More missing packets than this in one request are past repairing; a key frame is needed.
const NACK_PAIRS_MAX: usize = 64;

/// More packets than this in one report are no report: it would speak of seconds.
const ARRIVALS_MAX: u16 = 4096;

fn arrivals_of(report: &TransportLayerCc) -> ArrivalReport {
    let mut packets = Vec::with_capacity(usize::from(report.packet_status_count));
    let mut deltas = report.recv_deltas.iter();
    let mut at = 0i32;
    let mut one = |symbol: SymbolTypeTcc| match symbol {
        SymbolTypeTcc::PacketReceivedSmallDelta | SymbolTypeTcc::PacketReceivedLargeDelta => {
            let ticks = deltas.next().map_or(0, |delta| delta.delta / TICK_US as i64);
            at = at.saturating_add(ticks as i32);
            packets.push(Some(at));
        }
        SymbolTypeTcc::PacketNotReceived | SymbolTypeTcc::PacketReceivedWithoutDelta => packets.push(None),
    };
    for chunk in &report.packet_chunks {
        match chunk {
            PacketStatusChunk::RunLengthChunk(run) => {
                (0..run.run_length.min(report.packet_status_count)).for_each(|_| one(run.packet_status_symbol));
            }
            PacketStatusChunk::StatusVectorChunk(vector) => vector.symbol_list.iter().for_each(|&symbol| one(symbol)),
        }
    }
    packets.truncate(usize::from(report.packet_status_count));
    ArrivalReport {
        base: report.base_sequence_number,
        count: report.fb_pkt_count,
        reference: report.reference_time,
        packets,
    }
}

fn reported(block: &ReceptionReport) -> Feedback {
    Feedback::Report {
        ssrc: Ssrc(block.ssrc),
        fraction_lost: block.fraction_lost,
        last_sender_report: block.last_sender_report,
        delay: block.delay,
    }
}

/// Writes sender reports of all streams and their common canonical name (RFC 3550 §6.4.1, §6.5).
pub fn write_sender_reports(ntp: NtpTime, streams: &[Sent], cname: &str, out: &mut Vec<u8>) {
    for stream in streams {
        let report = SenderReport {
            ssrc: stream.ssrc.0,
            ntp_time: ntp.0,
            rtp_time: stream.timestamp,
            packet_count: stream.packets,
            octet_count: stream.bytes,
            ..SenderReport::default()
        };
        append(&report, out);
    }
    let name = || SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: cname.to_owned().into() };
    let chunks =
        streams.iter().map(|stream| SourceDescriptionChunk { source: stream.ssrc.0, items: vec![name()] }).collect();
    append(&SourceDescription { chunks }, out);
}

/// Writes a receiver report and, if there is a cap, its receiver-estimated maximum bitrate.
pub fn write_receiver_report(own: Ssrc, streams: &[Received], cap: Option<Bitrate>, out: &mut Vec<u8>) {
    let reports = streams.iter().map(report_block).collect();
    append(&ReceiverReport { ssrc: own.0, reports, ..ReceiverReport::default() }, out);
    if let Some(cap) = cap {
        let ssrcs = streams.iter().map(|stream| stream.ssrc.0).collect();
        let remb = ReceiverEstimatedMaximumBitrate { sender_ssrc: own.0, bitrate: cap.as_bps() as f32, ssrcs };
        append(&remb, out);
    }
}

/// Writes a request for a key frame.
pub fn write_picture_loss(own: Ssrc, media: Ssrc, out: &mut Vec<u8>) {
    append(&PictureLossIndication { sender_ssrc: own.0, media_ssrc: media.0 }, out);
}

/// Writes a request for packets to be sent again.
pub fn write_nack(own: Ssrc, media: Ssrc, missing: &[u16], out: &mut Vec<u8>) {
    let nacks = nack_pairs_from_sequence_numbers(missing);
    append(&TransportLayerNack { sender_ssrc: own.0, media_ssrc: media.0, nacks }, out);
}

/// Writes which of a peer's packets arrived, and when.
pub fn write_arrivals(own: Ssrc, media: Ssrc, report: &ArrivalReport, out: &mut Vec<u8>) {
    let mut last = 0i32;
    let mut symbols = Vec::with_capacity(report.packets.len());
    let mut recv_deltas = Vec::with_capacity(report.packets.len());
    for packet in &report.packets {
        let Some(at) = *packet else {
            symbols.push(SymbolTypeTcc::PacketNotReceived);
            continue;
        };
        let step = at - last;
        last = at;
        let symbol = match step {
            0..=255 => SymbolTypeTcc::PacketReceivedSmallDelta,
            _ => SymbolTypeTcc::PacketReceivedLargeDelta,
        };
        symbols.push(symbol);
        recv_deltas.push(RecvDelta { type_tcc_packet: symbol, delta: i64::from(step) * TICK_US as i64 });
    }
    let packet = TransportLayerCc {
        sender_ssrc: own.0,
        media_ssrc: media.0,
        base_sequence_number: report.base,
        packet_status_count: symbols.len() as u16,
        reference_time: report.reference,
        fb_pkt_count: report.count,
        packet_chunks: chunks_of(&symbols),
        recv_deltas,
    };
    append(&packet, out);
}

/// Symbols in as few chunks as are simple to find: long rows by their length, the rest bit by bit.
fn chunks_of(mut symbols: &[SymbolTypeTcc]) -> Vec<PacketStatusChunk> {
    const ROW_MAX: usize = (1 << 13) - 1;
    let mut chunks = Vec::new();
    while let Some(&first) = symbols.first() {
        let row = symbols.iter().take(ROW_MAX).take_while(|&&symbol| symbol == first).count();
        let near = &symbols[..symbols.len().min(14)];
        let one_bit = !near.contains(&SymbolTypeTcc::PacketReceivedLargeDelta);
        let most = if one_bit { 14 } else { 7 };
        if row >= most || row == symbols.len() {
            chunks.push(PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: first,
                run_length: row as u16,
            }));
            symbols = &symbols[row..];
            continue;
        }
        let taken = near.len().min(most);
        chunks.push(PacketStatusChunk::StatusVectorChunk(StatusVectorChunk {
            type_tcc: StatusChunkTypeTcc::StatusVectorChunk,
            symbol_size: if one_bit { SymbolSizeTypeTcc::OneBit } else { SymbolSizeTypeTcc::TwoBit },
            symbol_list: near[..taken].to_vec(),
        }));
        symbols = &symbols[taken..];
    }
    chunks
}

fn report_block(stream: &Received) -> ReceptionReport {
    ReceptionReport {
        ssrc: stream.ssrc.0,
        fraction_lost: stream.reception.fraction_lost,
        total_lost: stream.reception.total_lost,
        last_sequence_number: stream.reception.highest,
        jitter: stream.reception.jitter,
        last_sender_report: stream.last_sender_report,
        delay: stream.delay,
    }
}

fn append(packet: &impl Marshal, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + packet.marshal_size(), 0);
    match packet.marshal_to(&mut out[start..]) {
        Ok(len) => out.truncate(start + len),
        Err(_) => out.truncate(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(compound: &[u8]) -> Vec<Feedback> {
        let mut found = Vec::new();
        read(compound, |feedback| found.push(feedback));
        found
    }

    #[test]
    fn what_one_side_writes_the_other_reads() {
        let mut compound = Vec::new();
        let sent = Sent { ssrc: Ssrc(7), timestamp: 1, packets: 2, bytes: 3 };
        write_sender_reports(NtpTime(0x0001_2345_6789_0000), &[sent], "yunling", &mut compound);
        let reception = Reception { fraction_lost: 64, total_lost: 5, highest: 9, jitter: 1 };
        let received = Received { ssrc: Ssrc(8), reception, last_sender_report: 0x1234, delay: 65_536 };
        write_receiver_report(Ssrc(1), &[received], Some(Bitrate::kbps(2500)), &mut compound);
        write_picture_loss(Ssrc(1), Ssrc(9), &mut compound);
        write_nack(Ssrc(1), Ssrc(10), &[5, 6, 40], &mut compound);
        assert_eq!(
            all(&compound),
            [
                Feedback::SenderReport { ssrc: Ssrc(7), ntp: NtpTime(0x0001_2345_6789_0000), timestamp: 1 },
                Feedback::Report { ssrc: Ssrc(8), fraction_lost: 64, last_sender_report: 0x1234, delay: 65_536 },
                Feedback::Remb(Bitrate::kbps(2500)),
                Feedback::KeyFrame(Ssrc(9)),
                Feedback::Nack(Ssrc(10), vec![5, 6, 40]),
            ]
        );
    }

    #[test]
    fn reports_of_arrivals_are_read_as_they_were_written() {
        let mut state = 11u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for round in 0..500u64 {
            let mut at = draw(256) as i32;
            let packets = (0..1 + draw(400)).map(|_| {
                at += [0, 1, 3, 255, 256, 2000, -300][draw(7) as usize] * i32::from(round % 3 > 0);
                (draw(100) >= round % 90).then_some(at)
            });
            let packets: Vec<_> = packets.collect();
            let report = ArrivalReport { base: draw(65_536) as u16, count: round as u8, reference: 0xff_fff0, packets };
            let mut out = Vec::new();
            write_arrivals(Ssrc(1), Ssrc(2), &report, &mut out);
            assert!(out.len().is_multiple_of(4) && out.len() < 1400, "{} bytes", out.len());
            assert_eq!(all(&out), [Feedback::Arrivals(report)], "round {round}");
        }
    }

    #[test]
    fn a_packet_of_an_unknown_kind_costs_only_itself() {
        let mut compound = vec![0x80, 204, 0, 1, 9, 9, 9, 9];
        write_picture_loss(Ssrc(1), Ssrc(2), &mut compound);
        compound.extend_from_slice(&[0x81, 206, 0xff, 0xff]);
        assert_eq!(all(&compound), [Feedback::KeyFrame(Ssrc(2))]);
    }

    #[test]
    fn no_bytes_make_the_reader_fail() {
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut bytes = [0u8; 60];
            for byte in &mut bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (state >> 56) as u8;
            }
            bytes[0] = 0x80 | bytes[0] & 0x3f;
            bytes[1] = 200 + bytes[1] % 8;
            bytes[2] = 0;
            bytes[3] %= 15;
            let len = usize::from(bytes[4]) % 61;
            let _ = all(&bytes[..len]);
        }
    }
}
