// Light on faces; as shade_faces() in app/core/compute/scene_faces.py. way: 0 smooth, 1 flat, 2 unlit.
uniform int way;
uniform vec4 eye;
uniform vec3 ambient;
uniform int lights;
uniform vec3 directions[8];
uniform vec3 strengths[8];
uniform float opacity;
uniform vec3 fog;
uniform vec3 fog_colour;
uniform int base;

in vec4 colour;
in vec3 world;
in vec3 upright;
in float away;
out vec4 painted;

void main() {
#ifdef IDS
    int id = base + gl_PrimitiveID + 1;
    painted = vec4(id & 255, (id >> 8) & 255, (id >> 16) & 255, (id >> 24) & 255) / 255.0;
#else
    vec3 lit = colour.rgb;
    if (way != 2) {
        // Of both sides the one that is seen is lit.
        vec3 towards = eye.w > 0.0 ? eye.xyz - world : eye.xyz;
        vec3 face = cross(dFdx(world), dFdy(world));
        if (dot(face, towards) < 0.0) face = -face;
        vec3 side = face;
        if (way == 0 && dot(upright, upright) > 1e-12) {
            side = dot(upright, face) < 0.0 ? -upright : upright;
        }
        side = normalize(side);
        vec3 light = ambient;
        for (int i = 0; i < lights; ++i) light += max(dot(side, directions[i]), 0.0) * strengths[i];
        lit = min(lit * light, vec3(1.0));
    }
    float share = fog.z * clamp((away - fog.x) / (fog.y - fog.x), 0.0, 1.0);
    painted = vec4(mix(lit, fog_colour, share), colour.a * opacity);
#endif
}
