// SMOOTH: 0 cuts edges off, 1 makes them cover in part.
uniform int shape;
uniform float margin;
uniform vec3 light;
uniform float ambient;
uniform vec3 fog;
uniform vec3 fog_colour;

flat in vec4 colour;
flat in float radius;
flat in int id;
in float away;
out vec4 painted;

void main() {
    vec2 aside = vec2(gl_PointCoord.x - 0.5, 0.5 - gl_PointCoord.y) * (2.0 * radius + margin);
    float cover = 1.0;
    if (radius > 0.75) {
        if (shape == 1) {
            vec2 inside = clamp(radius + 0.5 - abs(aside), 0.0, 1.0);
            cover = inside.x * inside.y;
        } else {
            cover = clamp(radius + 0.5 - length(aside), 0.0, 1.0);
        }
    }
#ifdef IDS
    if (cover < 0.5) discard;
    painted = vec4(id & 255, (id >> 8) & 255, (id >> 16) & 255, (id >> 24) & 255) / 255.0;
#else
    if (margin == 0.0 ? cover < 0.5 : cover <= 0.0) discard;
    vec3 lit = colour.rgb;
    if (shape == 2) {
        vec2 out_of = aside / radius;
        float up = sqrt(max(1.0 - dot(out_of, out_of), 0.0));
        float amount = max(dot(vec3(out_of, up), light), 0.0);
        lit *= min(ambient + (1.0 - ambient) * amount * 1.05, 1.0);
    }
    float share = fog.z * clamp((away - fog.x) / (fog.y - fog.x), 0.0, 1.0);
    painted = vec4(mix(lit, fog_colour, share), colour.a * (margin == 0.0 ? 1.0 : cover));
#endif
}
