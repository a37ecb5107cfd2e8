uniform float width;
uniform float dash;
uniform float opacity;

flat in vec4 colour;
noperspective in float across;
noperspective in float along;
out vec4 painted;

void main() {
    if (dash > 0.0 && mod(floor(along / dash), 2.0) > 0.5) discard;
    float cover = min(clamp(width * 0.5 + 0.5 - abs(across), 0.0, 1.0), width);
    painted = vec4(colour.rgb, colour.a * opacity * cover);
}
