// One quad for every stroke: a column wide, as high as it and its neighbours' strokes reach.
// The version line stands before this text. See curves.frag for the layout of the textures.

uniform highp sampler2D strokes;
uniform highp sampler2D lines;
uniform int columns;
uniform float height;

flat out int row;
flat out int column;

void main() {
    row = gl_InstanceID / columns;
    column = gl_InstanceID - row * columns;
    vec4 line = texelFetch(lines, ivec2(1, row), 0);
    float reach = line.x + 0.5;
    int side = int(ceil(reach + 0.5)) - 1;
    float low = 1e9;
    float high = -1e9;
    for (int other = column - side; other <= column + side; ++other) {
        if (float(other) < line.y || float(other) >= line.z) continue;
        int kind = int(texelFetch(strokes, ivec2(3 * other + 2, row), 0).z);
        if ((kind & 1) == 0) continue;
        vec4 extent = texelFetch(strokes, ivec2(3 * other, row), 0);
        low = min(low, extent.z);
        high = max(high, extent.w);
    }
    float top = clamp(floor(low - reach), 0.0, height);
    float bottom = clamp(ceil(high + reach), 0.0, height);
    float x = float(column + (gl_VertexID & 1));
    float y = (gl_VertexID & 2) == 0 ? top : bottom;
    // Nothing near: all four corners fall together and nothing is drawn.
    if (low > high) y = 0.0;
    gl_Position = vec4(x / float(columns) * 2.0 - 1.0, 1.0 - y / height * 2.0, 0.0, 1.0);
}
