// Points of a scene; as draw_points() in app/core/compute/scene_marks.py.
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 tint;
layout(location = 2) in float size;
layout(location = 3) in float shown;

uniform mat4 matrix;
// Places are told from here; matrix and plane are, too.
uniform vec3 origin;
uniform vec4 plane;
uniform vec4 away_row;
uniform float per_world;
uniform float ratio;
uniform float opacity;
uniform int part;
uniform int base;
uniform float margin;

flat out vec4 colour;
flat out float radius;
flat out int id;
out float away;

void main() {
    vec4 here = vec4(place - origin, 1.0);
    vec4 at = matrix * here;
    float alpha = tint.a * opacity;
    bool opaque = alpha > 0.998;
    bool left_out = shown < 0.5 || !(at.w > 0.0) || (part != 0 && opaque != (part == 1));
    float wide = size * (per_world > 0.0 ? per_world / at.w : ratio);
    radius = max(wide * 0.5, 0.5);
    colour = vec4(tint.rgb, part == 2 ? alpha : 1.0);
    id = base + gl_VertexID + 1;
    away = dot(away_row, here);
    gl_ClipDistance[0] = dot(plane, here);
    gl_Position = left_out ? vec4(2.0, 2.0, 2.0, 1.0) : at;
    gl_PointSize = 2.0 * radius + margin;
}
