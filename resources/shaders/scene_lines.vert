// Lines of a scene: four corners each, as wide as the pen and half a pixel more.
layout(location = 0) in vec3 first;
layout(location = 1) in vec3 last;
layout(location = 2) in vec4 tint;

uniform mat4 matrix;
// Places are told from here; matrix and plane are, too.
uniform vec3 origin;
uniform vec4 plane;
uniform vec2 size;
uniform float width;
uniform float lift;

flat out vec4 colour;
noperspective out float across;
noperspective out float along;

void main() {
    vec4 first_place = vec4(first - origin, 1.0);
    vec4 last_place = vec4(last - origin, 1.0);
    vec4 a = matrix * first_place;
    vec4 b = matrix * last_place;
    // What is before the nearest plane is cut off, then what is beyond the clipping plane.
    vec2 near = vec2(a.z + a.w, b.z + b.w);
    vec2 side = vec2(dot(plane, first_place), dot(plane, last_place));
    bool out_of_sight = (near.x < 0.0 && near.y < 0.0) || (side.x < 0.0 && side.y < 0.0);
    float from = 0.0, to = 1.0;
    if (near.x < 0.0) from = near.x / (near.x - near.y);
    if (near.y < 0.0) to = near.x / (near.x - near.y);
    if (side.x < 0.0) from = max(from, side.x / (side.x - side.y));
    if (side.y < 0.0) to = min(to, side.x / (side.x - side.y));
    vec4 start = mix(a, b, from);
    vec4 end = mix(a, b, to);
    vec2 p = (start.xy / start.w * 0.5 + 0.5) * size;
    vec2 q = (end.xy / end.w * 0.5 + 0.5) * size;
    float reach = distance(p, q);
    vec2 way = reach > 1e-6 ? (q - p) / reach : vec2(1.0, 0.0);
    float aside = (gl_VertexID & 1) == 0 ? -1.0 : 1.0;
    bool at_end = gl_VertexID >= 2;
    float half_width = width * 0.5 + 0.5;
    vec4 at = at_end ? end : start;
    vec2 pixel = (at_end ? q : p) + vec2(-way.y, way.x) * aside * half_width;
    colour = tint;
    across = aside * half_width;
    along = at_end ? reach : 0.0;
    gl_Position = vec4((pixel / size * 2.0 - 1.0) * at.w, at.z - lift * at.w, at.w);
    if (out_of_sight || !(from < to) || !(start.w > 0.0 && end.w > 0.0)) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    }
    gl_ClipDistance[0] = 1.0;
}
