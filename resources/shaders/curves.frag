// Coverage of a pixel by the strokes of its own and the neighbouring columns, as fill() in
// app/core/compute/spans.py works it out: clamp(half width + 1/2 - distance, 0, 1), the greatest
// of all pieces, so that a faint line is blended once.
//
// strokes: three texels a stroke, a row a line
//     enter, leave, top, bottom | inner top, inner bottom, first x, first y | last x, last y, kind
// lines: two texels a line
//     red, green, blue, opacity | half width, first column, stop column, 0

uniform highp sampler2D strokes;
uniform highp sampler2D lines;
uniform float height;
uniform float bottom;

flat in int row;
flat in int column;
out vec4 colour;

const int LEAVES = 4;
const int ENTERS = 2;
const int STRAIGHT = 8;
const int UPRIGHT = 256;

float away(vec2 from, vec2 to, vec2 place) {
    vec2 along = to - from;
    float t = clamp(dot(place - from, along) / max(dot(along, along), 1e-12), 0.0, 1.0);
    return distance(place, from + t * along);
}

void main() {
    vec4 line = texelFetch(lines, ivec2(1, row), 0);
    float reach = line.x + 0.5;
    int side = int(ceil(reach + 0.5)) - 1;
    // Heights count downwards.
    vec2 place = vec2(0.5, height - (gl_FragCoord.y - bottom));
    float nearest = 1e9;
    for (int aside = -side; aside <= side; ++aside) {
        int other = column + aside;
        if (float(other) < line.y || float(other) >= line.z) continue;
        vec4 last = texelFetch(strokes, ivec2(3 * other + 2, row), 0);
        int kind = int(last.z);
        if ((kind & 1) == 0) continue;
        vec4 outer = texelFetch(strokes, ivec2(3 * other, row), 0);
        vec4 inner = texelFetch(strokes, ivec2(3 * other + 1, row), 0);
        float x = float(aside);
        if ((kind & STRAIGHT) != 0) {
            nearest = min(nearest, away(vec2(x, outer.x), vec2(x + 1.0, outer.y), place));
            continue;
        }
        bool chord = (inner.w == inner.x && last.y == inner.y)
            || (last.y == inner.x && inner.w == inner.y);
        if ((kind & UPRIGHT) != 0) {
            nearest = min(nearest, away(vec2(x + 0.5, outer.z), vec2(x + 0.5, outer.w), place));
        } else if (chord) {
            nearest = min(nearest, away(vec2(x + inner.z, inner.w), vec2(x + last.x, last.y), place));
        } else {
            float middle = last.x - inner.z >= 0.5 ? 0.5 : 0.5 * (inner.z + last.x);
            nearest = min(
                nearest, away(vec2(x + middle, inner.x), vec2(x + middle, inner.y), place));
        }
        if ((kind & ENTERS) != 0)
            nearest = min(nearest, away(vec2(x, outer.x), vec2(x + inner.z, inner.w), place));
        if ((kind & LEAVES) != 0)
            nearest = min(nearest, away(vec2(x + last.x, last.y), vec2(x + 1.0, outer.y), place));
    }
    vec4 paint = texelFetch(lines, ivec2(0, row), 0);
    colour = vec4(paint.rgb, paint.a * clamp(reach - nearest, 0.0, 1.0));
}
