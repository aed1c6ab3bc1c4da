#!/bin/sh
# Makes the slate again: one still key frame, 1280x720, as H.264 constrained baseline (lost.h264: Annex B with SPS, PPS, IDR
# and nothing else) and as VP8 (lost.vp8: the bare frame, no container).
# Needs Debian's ffmpeg and fonts-noto-cjk. With an argument, also writes both decoded as PNG into that folder, to be looked at.
set -eu
cd "$(dirname "$0")"
regular=$(fc-match -f '%{file}' 'Noto Sans CJK SC:style=Regular')
case $regular in *NotoSansCJK*) ;; *) echo "fonts-noto-cjk is missing" >&2; exit 1 ;; esac

picture="drawbox=x=584:y=252:w=112:h=4:color=0x5b8fb9:t=fill,\
drawtext=font='Noto Sans CJK SC':text='信号中断，请稍候':fontsize=76:fontcolor=0xe8edf2:x=(w-text_w)/2:y=300,\
drawtext=font='Noto Sans CJK SC':text='Signal lost, please wait':fontsize=32:fontcolor=0x93a4b5:x=(w-text_w)/2:y=418,\
scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"

still() {
    ffmpeg -v error -y -f lavfi -i "color=c=0x121a24:s=1280x720:r=1:d=1,format=rgb24" -vf "$picture" -frames:v 1 "$@"
}

still -c:v libx264 -profile:v baseline -level:v 3.1 -preset veryslow -crf 24 -tune stillimage \
    -x264-params "keyint=1:slices=1:colorprim=bt709:transfer=bt709:colormatrix=bt709" \
    -bsf:v filter_units=remove_types=6 -f h264 lost.h264
still -c:v libvpx -crf 16 -b:v 2M -quality best -f ivf lost.ivf
# An IVF file has a 32-byte header, then 12 bytes before each frame.
tail -c +45 lost.ivf >lost.vp8

if [ $# -gt 0 ]; then
    ffmpeg -v error -y -i lost.h264 -frames:v 1 "$1/lost-h264.png"
    ffmpeg -v error -y -i lost.ivf -frames:v 1 "$1/lost-vp8.png"
fi
rm lost.ivf
