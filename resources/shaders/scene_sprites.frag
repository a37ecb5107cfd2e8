uniform sampler2D atlas;
uniform float opacity;
uniform vec3 fog;
uniform vec3 fog_colour;

flat in vec4 colour;
flat in int id;
flat in float away;
noperspective in vec2 texel;
out vec4 painted;

void main() {
    vec4 found = texelFetch(atlas, ivec2(texel), 0) * colour;
    found.a *= opacity;
    if (found.a < 0.004) discard;
#ifdef IDS
    painted = vec4(id & 255, (id >> 8) & 255, (id >> 16) & 255, (id >> 24) & 255) / 255.0;
#else
    float share = fog.z * clamp((away - fog.x) / (fog.y - fog.x), 0.0, 1.0);
    painted = vec4(mix(found.rgb, fog_colour, share), found.a);
#endif
}
